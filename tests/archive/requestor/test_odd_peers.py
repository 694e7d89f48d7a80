"""Destinations that hardly read, never answer, or answer what is no answer."""

from __future__ import annotations

import socket
import threading
import time

import pytest
from pydicom.uid import ExplicitVRLittleEndian
from pynetdicom.sop_class import CTImageStorage

from archive.requestor.association import Peer, PeerAway, Times
from archive.requestor.store_scu import StoreScu, offers
from archive.upper_layer.command import NO_DATA_SET, Element, Field, encode, us
from tests.archive.requestor.test_store_scu import Parcel
from tests.support.peers.odd_archive import odd_archive, read_store
from tests.support.peers.raw_dicom import data_pdu, response

SHORT = Times(connect=2, accept=2, answer=0.5, release=0.5)
BIG = Parcel(blocks=(bytes(262_144),) * 64)  # more than the kernel holds for us


def code_of(port: int, parcel: Parcel) -> str:
    """Return the code of the error that sending raises."""
    peer = Peer(ae_title="ODD", host="127.0.0.1", port=port, calling_ae="PACSHUB")
    wanted = offers([(CTImageStorage, ExplicitVRLittleEndian)])
    with StoreScu(peer, offers=wanted, times=SHORT) as scu, pytest.raises(PeerAway) as away:
        scu.send(parcel)
    return away.value.error_code


@pytest.mark.parametrize("bytes_at_once", [0, 4])
def test_a_peer_that_hardly_reads_does_not_keep_us(bytes_at_once: int) -> None:
    over = threading.Event()

    def trickle(connection: socket.socket) -> None:
        while not over.wait(0.05):
            connection.recv(bytes_at_once)

    release = threading.Timer(8, over.set)
    release.start()
    started = time.monotonic()
    with odd_archive(trickle) as port:
        assert code_of(port, BIG) == "peer-silent"
        taken = time.monotonic() - started
        over.set()
    release.cancel()
    assert taken < 6


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (response(Field.C_STORE, 77), "to another request"),
        (
            encode(
                {
                    Element.COMMAND_FIELD: us(Field.C_STORE | 0x8000),
                    Element.MESSAGE_ID_RESPONDED_TO: us(1),
                    Element.DATA_SET_TYPE: us(NO_DATA_SET),
                }
            ),
            "without a status",
        ),
    ],
)
def test_what_is_no_answer_breaks_the_association_only(answer: bytes, why: str) -> None:
    def reply(connection: socket.socket) -> None:
        read_store(connection)
        connection.sendall(data_pdu(1, answer))
        connection.recv(1)

    with odd_archive(reply) as port:
        assert code_of(port, Parcel()) == "peer-aborted", why
