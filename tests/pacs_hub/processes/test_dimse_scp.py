"""The DICOM process: several share a port, and each stops without cutting anybody off."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from pytest_django import Settings

from archive.models import Instance
from archive.upper_layer.acceptor import listen
from archive.upper_layer.command import us
from pacs_hub.processes import dimse_scp
from tests.support.datasets import ct_instance, part10
from tests.support.dicom_door import open_door
from tests.support.peers.modality import Modality
from tests.support.peers.raw_dicom import (
    ABORT,
    EXPLICIT,
    RawPeer,
    associate_rq,
    data_pdu,
    store_command,
)

CT = "1.2.840.10008.5.1.4.1.1.2"

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_message_in_hand_is_finished_before_a_stop(settings: Settings, tmp_path: Path) -> None:
    sent = ct_instance()
    whole = part10(sent)
    data_set = whole[144 + int.from_bytes(whole[140:144], "little") :]
    with open_door(settings, tmp_path), listen(host="127.0.0.1", port=0) as listener:
        stop, port = threading.Event(), listener.getsockname()[1]
        server = threading.Thread(
            target=dimse_scp.serve, args=(stop,), kwargs={"listener": listener}
        )
        server.start()
        with RawPeer(port) as busy, RawPeer(port) as idle:
            for peer in (busy, idle):
                peer.ask(associate_rq(calling="CT1", contexts=((1, CT, (EXPLICIT,)),)))
            busy.send(data_pdu(1, store_command(CT, sent.SOPInstanceUID)))
            busy.send(data_pdu(1, data_set[:1000], control=0))
            stop.set()
            assert idle.read()[0] == ABORT
            _, body = busy.ask(data_pdu(1, data_set[1000:], control=2))
            assert us(0x8001) in body
            assert busy.read()[0] == ABORT
        server.join(10)
        assert not server.is_alive()
    assert Instance.objects.count() == 1


def test_a_sender_that_never_finishes_does_not_hold_up_a_stop(
    settings: Settings, tmp_path: Path
) -> None:
    with open_door(settings, tmp_path) as port:
        peer = RawPeer(port)
        peer.ask(associate_rq(calling="CT1", contexts=((1, CT, (EXPLICIT,)),)))
        peer.send(data_pdu(1, store_command(CT, "1.2.3")))
        peer.send(data_pdu(1, bytes(1000), control=0))
        started = time.monotonic()
    assert time.monotonic() - started < 9
    assert list((tmp_path / "objects" / ".spool").iterdir()) == []


def test_two_processes_may_share_the_port(settings: Settings, tmp_path: Path) -> None:
    with open_door(settings, tmp_path) as port, listen(host="127.0.0.1", port=port) as second:
        stop = threading.Event()
        server = threading.Thread(target=dimse_scp.serve, args=(stop,), kwargs={"listener": second})
        server.start()
        statuses = [Modality(port).echo() for _ in range(8)]
        stop.set()
        server.join(10)
    assert statuses == [0x0000] * 8
