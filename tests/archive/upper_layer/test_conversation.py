"""Requests of ours on a caller's association: cut, answered, cancelled, aborted, stalled."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import pytest

from archive.upper_layer.command import Element, Field, decode, us
from archive.upper_layer.limits import Limits
from tests.support.peers.raw_dicom import (
    ABORT,
    ABORT_PDU,
    DATA,
    RELEASE_RP,
    RELEASE_RQ_PDU,
    RawPeer,
    associate_rq,
    cancel_command,
    data_pdu,
    echo_command,
    extended_item,
    get_command,
    response,
    role_item,
)
from tests.support.upper_layer import CT, EXPLICIT, OBJECT, STUDY_ROOT_GET, acceptor

CONTEXTS = ((1, STUDY_ROOT_GET, (EXPLICIT,)), (3, CT, (EXPLICIT,)))
TURNED = role_item(CT, scu=False, scp=True) + extended_item(STUDY_ROOT_GET, b"\7\7")


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with acceptor(Limits(artim_seconds=2, stall_seconds=1)) as port:
        yield port


def begin(peer: RawPeer, *, max_length: int = 16_384) -> None:
    """Associate and send the C-GET that makes the other side store."""
    peer.ask(associate_rq(contexts=CONTEXTS, more=TURNED, max_length=max_length))
    peer.send(data_pdu(1, get_command(9)))


def read_message(peer: RawPeer, *, longest: int = 16_384) -> tuple[int, bytes, bytes]:
    """Return context id, command set and data set of the next message."""
    command = data_set = b""
    while True:
        kind, body = peer.read()
        assert kind == DATA
        assert len(body) <= longest
        length, context_id, control = struct.unpack_from(">IBB", body)
        assert length == len(body) - 4
        assert length % 2 == 0
        if control & 1:
            command += body[6:]
        else:
            data_set += body[6:]
        if control & 2 and (not control & 1 or not decode(command).has_data_set):
            return context_id, command, data_set


@pytest.mark.parametrize("max_length", [0, 64, 4_097, 16_384])
def test_an_object_is_stored_with_the_caller_piece_by_piece(port: int, max_length: int) -> None:
    longest = max_length or 10_000_000
    with RawPeer(port) as peer:
        begin(peer, max_length=max_length)
        for number in (1, 2, 3):
            context_id, command, data_set = read_message(peer, longest=longest)
            asked = decode(command)
            assert (context_id, asked.field, asked.message_id) == (3, Field.C_STORE, number)
            assert data_set == OBJECT
            peer.send(data_pdu(3, response(Field.C_STORE, number, 0xB007)))
            pending = decode(read_message(peer, longest=longest)[1])
            assert pending.number(Element.STATUS) == 0xFF00
        _, command, _ = read_message(peer, longest=longest)
        last = decode(command)
        assert last.text(Element.ERROR_COMMENT) == f"{[0xB007] * 3} 0707"
        assert peer.ask(RELEASE_RQ_PDU)[0] == RELEASE_RP


def test_a_cancel_among_the_answers_ends_the_operation(port: int) -> None:
    with RawPeer(port) as peer:
        begin(peer)
        read_message(peer)
        peer.send(data_pdu(1, cancel_command(8)))  # of something else
        peer.send(data_pdu(1, cancel_command(9)) + data_pdu(3, response(Field.C_STORE, 1)))
        read_message(peer)
        last = decode(read_message(peer)[1])
        assert (last.number(Element.STATUS), last.text(Element.ERROR_COMMENT)) == (
            0xFE00,
            "after [0]",
        )
        assert peer.ask(RELEASE_RQ_PDU)[0] == RELEASE_RP


def test_an_answer_in_many_pieces_is_one(port: int) -> None:
    whole = response(Field.C_STORE, 1)
    with RawPeer(port) as peer:
        begin(peer)
        read_message(peer)
        for byte in whole[:-1]:
            peer.send(data_pdu(3, bytes([byte]), control=1))
        peer.send(data_pdu(3, whole[-1:], control=3))
        assert us(0xFF00) in read_message(peer)[1]


@pytest.mark.parametrize(
    ("pdu", "why"),
    [
        (data_pdu(3, response(Field.C_STORE, 77)), "an answer to nothing"),
        (data_pdu(1, echo_command(5)), "a second request at a time"),
        (data_pdu(3, b"x" * 8, control=2), "a data set first"),
        (struct.pack(">BBI", 6, 0, 4) + bytes(4), "a release response"),
        (struct.pack(">BBI", 4, 0, 0), "nothing at all"),
    ],
)
def test_what_is_no_answer_is_aborted(port: int, pdu: bytes, why: str) -> None:
    with RawPeer(port) as peer:
        begin(peer)
        read_message(peer)
        kind, body = peer.ask(pdu)
        assert (kind, body[2]) == (ABORT, 2), why


def test_a_caller_that_aborts_is_not_asked_again(port: int) -> None:
    with RawPeer(port) as peer:
        begin(peer)
        read_message(peer)
        peer.send(ABORT_PDU)
        assert peer.is_closed()


def test_a_caller_that_releases_instead_of_answering_is_released(port: int) -> None:
    with RawPeer(port) as peer:
        begin(peer)
        read_message(peer)
        peer.send(RELEASE_RQ_PDU)
        assert us(0x0110) in read_message(peer)[1]
        assert peer.read()[0] == RELEASE_RP


def test_a_caller_that_never_answers_is_aborted(port: int) -> None:
    with RawPeer(port) as peer:
        begin(peer)
        read_message(peer)
        assert peer.read()[0] == ABORT
