"""C-MOVE to destinations that are slow, or answer nonsense; and a stop in the middle of one."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import Settings

from archive.dimse.suboperations import perform
from archive.models import Instance
from archive.storage.filesystem import FilesystemArea
from archive.upper_layer.command import NO_DATA_SET, CommandSet, Element, Field, encode, us
from archive.upper_layer.conversation import CallerConversation
from archive.upper_layer.messages import Caller, Request
from tests.archive.dimse.test_move_scp import a_study, destination
from tests.support.dicom_door import dicom_peer, open_door
from tests.support.peers.archive import other_archive
from tests.support.peers.modality import Modality
from tests.support.peers.odd_archive import odd_archive, read_store
from tests.support.peers.raw_dicom import data_pdu
from tests.support.peers.retriever import Retriever, wish
from tests.support.stored import store
from tests.support.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


class Quiet(CallerConversation):
    """A caller who says nothing meanwhile."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def is_cancelled(self) -> bool:
        """Say no."""
        return False


def test_no_connection_to_the_database_is_held_while_a_destination_is_slow(
    area: FilesystemArea,
) -> None:
    rows = store(*a_study(1), area=area)
    held: list[bool] = []

    def deliver(_: Instance) -> Generator[None, None, int]:
        held.append(connection.connection is not None)
        for _ in range(25):
            time.sleep(0.1)
            yield
        held.append(connection.connection is not None)
        return 0

    asked = CommandSet(
        {
            Element.COMMAND_FIELD: us(Field.C_MOVE),
            Element.DATA_SET_TYPE: us(0),
            Element.MESSAGE_ID: us(1),
        }
    )
    request = Request(
        caller=Caller(calling_ae="CT1", called_ae="PACSHUB", address="127.0.0.1"),
        command=asked,
        abstract_syntax="",
        transfer_syntax="",
        conversation=Quiet(),
    )
    ids = [row.pk for row in rows]
    said = list(perform(request, ids, deliver, goes_to="OTHER", speaks_meanwhile=True))
    assert said[-1].status == 0
    assert held == [True, False]


def test_an_answer_without_a_status_fails_its_object_only(
    settings: Settings, tmp_path: Path
) -> None:
    answer = encode(
        {
            Element.COMMAND_FIELD: us(Field.C_STORE | 0x8000),
            Element.MESSAGE_ID_RESPONDED_TO: us(1),
            Element.DATA_SET_TYPE: us(NO_DATA_SET),
        }
    )

    def reply(connection: socket.socket) -> None:
        read_store(connection)
        connection.sendall(data_pdu(1, answer))
        connection.recv(1)

    sent = a_study(2)
    with odd_archive(reply) as odd:
        odd_peer = dicom_peer("ODD", host="127.0.0.1", port=odd)
        with open_door(settings, tmp_path, dicom_peer(), odd_peer) as port:
            Modality(port).store(*sent)
            named = wish("STUDY", StudyInstanceUID=sent[0].StudyInstanceUID)
            moved = Retriever(port).move(named, to="ODD")
    assert (moved.status, moved.counts) == (0xA702, (0, 2, 0))
    assert moved.failed == [str(ds.SOPInstanceUID) for ds in sent]


def test_a_stop_does_not_wait_for_a_long_move(settings: Settings, tmp_path: Path) -> None:
    sent = a_study(3)
    with other_archive(slow=60) as other:
        with open_door(settings, tmp_path, dicom_peer(), destination(other)) as port:
            Modality(port).store(*sent)
            named = wish("STUDY", StudyInstanceUID=sent[0].StudyInstanceUID)

            def move() -> None:
                with suppress(Exception):  # whatever pynetdicom makes of a cut connection
                    Retriever(port).move(named)

            caller = threading.Thread(target=move)
            caller.start()
            wait_until(lambda: other.associations, seconds=5, what="the move has begun")
            told = time.monotonic()
        assert time.monotonic() - told < 9
        other.pause.set()
        caller.join(20)
