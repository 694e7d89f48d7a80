"""Accepting a refused caller gives it what it asked for, from where it called, and no more."""

from __future__ import annotations

from typing import Any

import pytest

from pacs_hub.access.models import DicomPeer, Hl7Peer, RefusedCaller
from pacs_hub.access.services import (
    NotToBeAccepted,
    accept_refused_caller,
    record_refusal,
    replace_peers,
)
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Unknown

pytestmark = pytest.mark.django_db


def accept(**card: Any) -> str:
    facts = {
        "door": "dicom",
        "caller": "CT3",
        "address": "10.0.4.23",
        "asked_for": "store",
        "reason": "refused",
        "code": "unknown-calling-ae",
    }
    record_refusal(**(facts | card))
    return accept_refused_caller(refusal_id=RefusedCaller.objects.latest("pk").pk, now=clock.now())


def known(**over: Any) -> None:
    row = {"ae_title": "CT3", "address": ["10.0.4.20"], "may": ["echo"]}
    replace_peers(dicom=[row | over], hl7=[], fhir=[])


def test_another_address_is_added_and_no_right() -> None:
    known()
    accept(code="wrong-address", asked_for="echo")
    peer = DicomPeer.objects.get()
    assert (peer.address, peer.may) == (["10.0.4.20", "10.0.4.23"], ["echo"])


def test_a_missing_right_is_added() -> None:
    known(address=["*"])
    accept(code="service-not-permitted", asked_for="worklist, store")
    peer = DicomPeer.objects.get()
    assert (peer.address, peer.may) == (["*"], ["echo", "store", "worklist"])


def test_a_wish_that_is_no_service_of_ours_gives_no_more_than_echo() -> None:
    accept(asked_for="Hardcopy Color Image Storage")
    assert DicomPeer.objects.get().may == ["echo"]


def test_all_cards_of_the_same_caller_and_place_are_put_away() -> None:
    for wish in ("echo", "store"):
        record_refusal(
            door="dicom",
            caller="CT3",
            address="10.0.4.23",
            asked_for=wish,
            reason="x",
            code="unknown-calling-ae",
        )
    accept(asked_for="find")
    assert not RefusedCaller.objects.filter(dismissed_at=None).exists()


def test_a_second_hl7_sender_of_the_same_name_gets_a_name_of_its_own() -> None:
    accept(door="hl7", caller="RIS|EAST", code="unknown-sender")
    accept(door="hl7", caller="RIS|WEST", code="unknown-sender")
    assert set(Hl7Peer.objects.values_list("name", flat=True)) == {"RIS", "RIS WEST"}


def test_a_known_hl7_sender_may_also_call_from_the_new_address() -> None:
    accept(door="hl7", caller="RIS|EAST", code="unknown-sender")
    accept(door="hl7", caller="RIS|EAST", code="unknown-sender", address="10.0.4.24")
    assert Hl7Peer.objects.get().address == ["10.0.4.23", "10.0.4.24"]


@pytest.mark.parametrize("code", ["wrong-called-ae", "role-not-allowed"])
def test_a_refusal_of_another_kind_cannot_be_accepted(code: str) -> None:
    with pytest.raises(NotToBeAccepted):
        accept(code=code)


def test_a_card_that_is_gone_is_unknown() -> None:
    with pytest.raises(Unknown):
        accept_refused_caller(refusal_id=99, now=clock.now())
