"""The state machine of PS3.8 9.2 as a peer with a bare socket meets it."""

from __future__ import annotations

import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.upper_layer.command import Element, Field, encode, ui, us
from archive.upper_layer.limits import Limits
from tests.support.peers.raw_dicom import (
    ABORT,
    ABORT_PDU,
    ACCEPT,
    REJECT,
    RELEASE_RP,
    RELEASE_RQ_PDU,
    RawPeer,
    associate_rq,
    data_pdu,
    echo_command,
)
from tests.support.upper_layer import VERIFICATION, acceptor
from tests.support.waiting import wait_until

SHORT = Limits(artim_seconds=0.6, idle_seconds=1.2, stall_seconds=0.6, stop_seconds=2)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with acceptor(Limits(artim_seconds=2, stall_seconds=2)) as port:
        yield port


def test_an_association_is_accepted_used_and_released(port: int) -> None:
    with RawPeer(port) as peer:
        assert peer.ask(associate_rq())[0] == ACCEPT
        kind, body = peer.ask(data_pdu(1, echo_command(7)))
        assert kind == 4
        assert us(7) in body
        assert peer.ask(RELEASE_RQ_PDU)[0] == RELEASE_RP
        assert peer.is_closed()


def test_the_acceptor_says_how_much_it_takes(port: int) -> None:
    with RawPeer(port) as peer:
        _, body = peer.ask(associate_rq())
        at = body.index(b"\x51\x00\x00\x04")
        assert struct.unpack_from(">I", body, at + 4)[0] >= 65_536


@pytest.mark.parametrize(
    ("pdu", "why"),
    [
        (data_pdu(1, echo_command(1)), "data before the association"),
        (RELEASE_RQ_PDU, "release before the association"),
        (struct.pack(">BBI", 2, 0, 0), "accept from a requestor"),
        (struct.pack(">BBI", 99, 0, 0), "no PDU type"),
        (struct.pack(">BBI", 1, 0, 4) + b"\0\1\0\0", "a request cut short"),
        (b"GET / HTTP/1.1\r\n\r\n", "not DICOM: the length is absurd"),
    ],
)
def test_what_is_not_a_request_is_aborted(port: int, pdu: bytes, why: str) -> None:
    with RawPeer(port) as peer:
        kind, body = peer.ask(pdu)
        assert (kind, body[2]) == (ABORT, 0), why
        assert peer.is_closed()


@pytest.mark.parametrize(
    ("pdu", "reason"),
    [
        (associate_rq(), 2),
        (struct.pack(">BBI", 6, 0, 4) + bytes(4), 2),
        (struct.pack(">BBI", 9, 0, 4) + bytes(4), 1),
        (data_pdu(3, echo_command(1)), 6),
        (data_pdu(1, b"\0\0\2\0\xff\xff\xff\xff"), 6),
        (data_pdu(1, b"dataset first", control=2), 6),
        (struct.pack(">BBII", 4, 0, 4, 99), 6),
        (struct.pack(">BBI", 4, 0, 0), 6),
        (data_pdu(1, bytes(70_000)), 6),
    ],
)
def test_a_broken_pdu_in_an_association_is_aborted_by_the_provider(
    port: int, pdu: bytes, reason: int
) -> None:
    with RawPeer(port) as peer:
        peer.ask(associate_rq())
        kind, body = peer.ask(pdu)
        assert (kind, body[2], body[3]) == (ABORT, 2, reason)


def test_a_peer_that_aborts_is_not_answered(port: int) -> None:
    with RawPeer(port) as peer:
        peer.ask(associate_rq())
        peer.send(ABORT_PDU)
        assert peer.is_closed()


def test_a_command_in_many_fragments_and_pdus_is_one_message(port: int) -> None:
    whole = echo_command(9)
    with RawPeer(port) as peer:
        peer.ask(associate_rq())
        for byte in whole[:-1]:
            peer.send(data_pdu(1, bytes([byte]), control=1))
        kind, body = peer.ask(data_pdu(1, whole[-1:], control=3))
        assert kind == 4
        assert us(9) in body


def test_two_messages_in_one_pdu_are_both_answered(port: int) -> None:
    one = data_pdu(1, echo_command(1))[6:]
    two = data_pdu(1, echo_command(2))[6:]
    with RawPeer(port) as peer:
        peer.ask(associate_rq())
        peer.send(struct.pack(">BBI", 4, 0, len(one + two)) + one + two)
        assert us(1) in peer.read()[1]
        assert us(2) in peer.read()[1]


def test_an_operation_we_do_not_perform_is_refused_and_its_data_set_swallowed(port: int) -> None:
    command = encode(
        {
            Element.AFFECTED_SOP_CLASS_UID: ui(VERIFICATION),
            Element.COMMAND_FIELD: us(Field.N_CREATE),
            Element.MESSAGE_ID: us(3),
            Element.DATA_SET_TYPE: us(1),
        }
    )
    with RawPeer(port) as peer:
        peer.ask(associate_rq())
        peer.send(data_pdu(1, command))
        kind, body = peer.ask(data_pdu(1, b"anything", control=2))
        assert kind == 4
        assert us(0x0211) in body
        assert us(4) in peer.ask(data_pdu(1, echo_command(4)))[1]


def test_a_request_longer_than_any_is_aborted_unread(port: int) -> None:
    contexts = tuple((n % 256 | 1, VERIFICATION, ("1.2.3",)) for n in range(12_000))
    with RawPeer(port) as peer:
        assert peer.ask(associate_rq(contexts=contexts)) == (ABORT, bytes(4))


def test_wrong_protocol_version_and_application_context_are_rejected(port: int) -> None:
    with RawPeer(port) as peer:
        assert peer.ask(associate_rq(version=2)) == (REJECT, b"\0\1\2\2")
    with RawPeer(port) as peer:
        assert peer.ask(associate_rq(application="1.2.3")) == (REJECT, b"\0\1\1\2")


def test_silence_before_the_request_ends_with_artim() -> None:
    with acceptor(SHORT) as port, RawPeer(port) as peer:
        started = time.monotonic()
        assert peer.is_closed()
        assert 0.4 < time.monotonic() - started < 3


def test_a_request_that_trickles_in_does_not_outlive_artim() -> None:
    with acceptor(SHORT) as port, RawPeer(port) as peer:
        for byte in associate_rq()[:10]:
            peer.send(bytes([byte]))
            time.sleep(0.1)
        assert peer.is_closed()


def test_an_idle_association_and_a_stalled_message_are_aborted() -> None:
    with acceptor(SHORT) as port, RawPeer(port) as idle, RawPeer(port) as stalled:
        idle.ask(associate_rq())
        stalled.ask(associate_rq())
        stalled.send(data_pdu(1, echo_command(1))[:20])
        assert stalled.read()[0] == ABORT
        assert idle.read()[0] == ABORT


def test_a_stop_ends_idle_associations_within_seconds() -> None:
    stop = threading.Event()
    with acceptor(Limits(), stop=stop) as port, RawPeer(port) as peer:
        peer.ask(associate_rq())
        stop.set()
        assert peer.read()[0] == ABORT


def test_what_a_waiting_association_holds_is_let_go_once_and_at_its_end() -> None:
    calls: list[float] = []
    with (
        acceptor(Limits(), when_idle=lambda: calls.append(time.monotonic())) as port,
        RawPeer(port) as peer,
    ):
        peer.ask(associate_rq())
        time.sleep(1.3)
        assert len(calls) == 1
        assert us(7) in peer.ask(data_pdu(1, echo_command(7)))[1]
        peer.ask(RELEASE_RQ_PDU)
        wait_until(lambda: len(calls) > 1, seconds=5, what="let go before the peer closes")


def test_one_caller_too_many_is_told_so() -> None:
    limits = Limits(max_associations=2, max_associations_per_ae=1)
    with acceptor(limits) as port, RawPeer(port) as first, RawPeer(port) as second:
        assert first.ask(associate_rq())[0] == ACCEPT
        assert second.ask(associate_rq()) == (REJECT, b"\0\2\3\2")
        with RawPeer(port) as other:
            assert other.ask(associate_rq(calling="OTHER"))[0] == ACCEPT
            with RawPeer(port) as third:
                assert third.ask(associate_rq(calling="THIRD")) == (REJECT, b"\0\2\3\2")


def test_a_caller_that_released_may_come_again_before_it_has_closed() -> None:
    with acceptor(Limits(max_associations_per_ae=1)) as port, RawPeer(port) as first:
        first.ask(associate_rq())
        assert first.ask(RELEASE_RQ_PDU)[0] == RELEASE_RP
        with RawPeer(port) as second:
            assert second.ask(associate_rq())[0] == ACCEPT
            second.ask(RELEASE_RQ_PDU)


_VALID = associate_rq() + data_pdu(1, echo_command(5))


@contextmanager
def _quiet(peer: RawPeer) -> Iterator[None]:
    try:
        yield
    except (ConnectionError, TimeoutError):
        return


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    at=st.integers(0, len(_VALID) - 1),
    what=st.binary(min_size=1, max_size=6),
    cut=st.integers(0, len(_VALID)),
)
def test_mutated_bytes_never_harm_the_next_caller(
    port: int, at: int, what: bytes, cut: int
) -> None:
    mutated = (_VALID[:at] + what + _VALID[at + len(what) :])[: max(cut, 1)]
    with RawPeer(port) as peer, _quiet(peer):
        peer.send(mutated)
        peer.finish_sending()
        while True:
            kind, _ = peer.read()
            assert kind in {ACCEPT, REJECT, 4, RELEASE_RP, ABORT}
    with RawPeer(port) as next_caller:
        next_caller.ask(associate_rq(calling="NEXT"))
        assert us(6) in next_caller.ask(data_pdu(1, echo_command(6)))[1]
