"""The client waits for the answer to its own message, and says which way it failed."""

from __future__ import annotations

import pytest

from integrations.hl7.mllp.client import MllpClient, NoAnswerInTime, PeerUnreachable
from tests.support.messages import adt, msh
from tests.support.peers.hospital import receiving
from tests.support.ports import free_ports


def test_the_answer_that_is_asked_for_comes_back() -> None:
    with receiving() as system, MllpClient(host="127.0.0.1", port=system.port) as client:
        for number in ("M1", "M2"):
            message = adt(header=msh("ADT^A01", number=number)).encode()
            mark = f"MSA|AA|{number}".encode()
            assert mark in client.ask(message, answers=lambda frame: mark in frame)  # noqa: B023


def test_nobody_home_is_told_from_silence() -> None:
    (port,) = free_ports(1)
    with pytest.raises(PeerUnreachable):
        MllpClient(host="127.0.0.1", port=port)
    with (
        receiving(lambda _id: ("", "")) as system,
        MllpClient(host="127.0.0.1", port=system.port, answer_seconds=0.2) as client,
        pytest.raises(NoAnswerInTime),
    ):
        client.ask(adt().encode(), answers=lambda _frame: True)
