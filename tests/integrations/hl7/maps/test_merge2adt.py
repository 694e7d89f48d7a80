"""A merge says who lives on and who does not."""

from __future__ import annotations

import pytest

from integrations.hl7.maps.merge2adt import LoserFacts, adt_a40
from integrations.hl7.maps.outgoing import Incomplete
from integrations.hl7.message import Message
from tests.support import outgoing
from tests.support.strictly import invalid_segments


def written(*identifiers: tuple[str, str, str]) -> str:
    return adt_a40(
        envelope=outgoing.envelope(),
        survivor=outgoing.person(),
        loser=LoserFacts(identifiers=identifiers, name="DOE^J"),
        at=outgoing.AT,
    )


def test_pid_lives_on_and_mrg_does_not() -> None:
    text = written(("P9", "GH", "MR"), ("99", "NAT", ""))
    message = Message(text)
    assert (message.get("PID-3"), message.get("MRG-1"), message.get("MRG-1(2).4")) == (
        "P1",
        "P9",
        "NAT",
    )
    assert (message.get("MRG-7.2"), message.get("MSH-9.3")) == ("J", "ADT_A39")
    assert invalid_segments(text) == []


def test_nobody_is_merged_without_a_name_for_them() -> None:
    with pytest.raises(Incomplete):
        written()
