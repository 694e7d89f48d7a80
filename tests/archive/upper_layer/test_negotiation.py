"""Roles and extended information of SOP classes, byte by byte (PS3.7 D.3.3.4, D.3.3.5)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from archive.upper_layer.limits import Limits
from tests.support.peers.raw_dicom import (
    ACCEPT,
    RELEASE_RP,
    RELEASE_RQ_PDU,
    RawPeer,
    associate_rq,
    extended_item,
    role_item,
)
from tests.support.upper_layer import CT, EXPLICIT, STUDY_ROOT_FIND, VERIFICATION, acceptor

CONTEXTS = tuple(
    (number, uid, (EXPLICIT,)) for number, uid in ((1, CT), (3, STUDY_ROOT_FIND), (5, VERIFICATION))
)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with acceptor(Limits(artim_seconds=2, stall_seconds=5)) as port:
        yield port


def answered(port: int, more: bytes) -> bytes:
    """Return the body of the A-ASSOCIATE-AC to a request with these sub-items."""
    with RawPeer(port) as peer:
        kind, body = peer.ask(associate_rq(contexts=CONTEXTS, more=more))
        assert kind == ACCEPT
        assert peer.ask(RELEASE_RQ_PDU)[0] == RELEASE_RP
        return body


def test_a_caller_may_perform_where_the_service_lets_it(port: int) -> None:
    asked = role_item(CT, scu=False, scp=True)
    assert asked in answered(port, asked)


def test_no_role_is_given_that_was_not_asked_for(port: int) -> None:
    asked = role_item(CT, scu=True, scp=False)
    assert asked in answered(port, asked)


def test_a_role_the_service_does_not_allow_is_answered_with_no(port: int) -> None:
    asked = role_item(VERIFICATION, scu=True, scp=True)
    assert role_item(VERIFICATION, scu=True, scp=False) in answered(port, asked)


def test_where_nothing_of_what_was_asked_is_granted_the_default_roles_hold(port: int) -> None:
    asked = role_item(VERIFICATION, scu=False, scp=True)
    assert b"\x54\x00" not in answered(port, asked)


def test_a_role_for_a_class_that_is_not_accepted_is_not_answered(port: int) -> None:
    asked = role_item("1.2.3.4.5", scu=True, scp=True)
    assert b"1.2.3.4.5" not in answered(port, asked)


def test_without_a_question_nothing_is_answered(port: int) -> None:
    body = answered(port, b"")
    assert b"\x54\x00" not in body
    assert b"\x56\x00" not in body


def test_extended_information_is_answered_by_its_service(port: int) -> None:
    asked = extended_item(STUDY_ROOT_FIND, b"\1\1\1")
    assert extended_item(STUDY_ROOT_FIND, b"\1\0") in answered(port, asked)


def test_an_item_that_is_cut_short_aborts_and_harms_nobody(port: int) -> None:
    for item in (b"\x54\0\0\2\0\x40", b"\x56\0\0\3\0\x40a", b"\x54\0\xff\xff"):
        with RawPeer(port) as peer:
            peer.send(associate_rq(contexts=CONTEXTS, more=item))
            peer.finish_sending()
            assert peer.read()[0] in {2, 7}
    assert answered(port, b"")
