"""The connections page, and letting in who was refused."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from archive.forwarding.models import Lane
from archive.forwarding.services import queue_by_rules, replace_rules
from archive.models import KeptAside
from integrations.web.certificate import own_certificate
from pacs_hub.access.models import DicomPeer, Hl7Peer, RefusedCaller
from pacs_hub.access.services import record_refusal, replace_peers
from pacs_hub.kernel import clock
from pacs_hub.kernel.origin import Origin
from pacs_hub.outbox.models import OutboxDelivery, OutboxMessage
from tests.support.browsing import browser, text_of
from tests.support.certificates import Certificates
from tests.support.datasets import ct_series
from tests.support.dicom_door import dicom_peer
from tests.support.forwarding import forward_rule
from tests.support.mllp_door import a_receiver
from tests.support.peers.hospital import receiving
from tests.support.stored import area_in, settle, store

pytestmark = pytest.mark.django_db


def refused(**over: Any) -> RefusedCaller:
    """Write down that CT3 was refused."""
    card = {
        "door": "dicom",
        "caller": "CT3",
        "called": "PACSHUB",
        "address": "10.0.4.23",
        "asked_for": "echo, store",
        "reason": "CT3 is not configured here",
        "code": "unknown-calling-ae",
    }
    record_refusal(**(card | over))
    return RefusedCaller.objects.latest("pk")


def test_a_refused_caller_is_a_card_that_says_who_where_what_and_why() -> None:
    refused()
    refused()
    text = text_of(browser("admin").get("/connections/"))
    for words in ("CT3", "CT3 is not configured here.", "10.0.4.23", "echo, store", "2 times"):
        assert words in text


def test_accepting_a_caller_says_what_it_will_allow_and_does_it() -> None:
    card = refused()
    client = browser("admin")
    assert "CT3 may echo, store, calling from 10.0.4.23." in text_of(client.get("/connections/"))
    page = client.post(f"/connections/refused/{card.pk}/accept/", follow=True)
    assert "CT3 may call now." in text_of(page)
    assert "CT3 is not configured here" not in text_of(page)
    peer = DicomPeer.objects.get(ae_title="CT3")
    assert (peer.address, peer.may) == (["10.0.4.23"], ["echo", "store"])


def test_accepting_an_hl7_sender_makes_it_an_inbound_peer() -> None:
    card = refused(door="hl7", caller="RIS|EAST", asked_for="ORM^O01", code="unknown-sender")
    browser("admin").post(f"/connections/refused/{card.pk}/accept/")
    peer = Hl7Peer.objects.get()
    assert (peer.name, peer.direction, peer.application, peer.facility, peer.address) == (
        "RIS",
        "in",
        "RIS",
        "EAST",
        ["10.0.4.23"],
    )


def test_a_wrong_called_title_is_not_for_accepting() -> None:
    card = refused(code="wrong-called-ae", reason="CT2 calls us PACS; our name is PACSHUB")
    client = browser("admin")
    assert (
        f"/connections/refused/{card.pk}/accept/"
        not in client.get("/connections/").content.decode()
    )
    page = client.post(f"/connections/refused/{card.pk}/accept/", follow=True)
    assert "Not accepted" in text_of(page)
    assert not DicomPeer.objects.exists()


def test_a_dismissed_card_is_gone_until_the_caller_comes_again() -> None:
    card = refused()
    client = browser("admin")
    client.post(f"/connections/refused/{card.pk}/dismiss/")
    assert "CT3" not in text_of(client.get("/connections/"))
    refused()
    assert "CT3" in text_of(client.get("/connections/"))


def test_peers_are_told_in_plain_words() -> None:
    replace_peers(
        dicom=[{"ae_title": "WS1", "address": ["*"], "may": ["find", "move"]}],
        hl7=[
            {
                "name": "BILLING",
                "direction": "out",
                "host": "10.0.4.51",
                "port": 7001,
                "messages": ["DFT^P03"],
            }
        ],
        fhir=[{"name": "EMR", "base_url": "https://emr.example/fhir", "send": ["ImagingStudy"]}],
    )
    text = text_of(browser("admin").get("/connections/"))
    for words in ("WS1 find, move anywhere", "BILLING is sent DFT^P03", "EMR ImagingStudy"):
        assert words in text


def test_what_waits_for_a_dicom_peer_and_that_it_is_away_is_told(
    tmp_path: Path, settings: Settings
) -> None:
    area = area_in(tmp_path / "objects", settings)
    replace_peers(
        dicom=[dicom_peer("WS1", host="10.0.4.30", port=104), dicom_peer("CT1")], hl7=(), fhir=()
    )
    replace_rules([forward_rule(name="all", to="WS1")])
    first, _ = store(*ct_series(2), area=area)
    settle()
    queue_by_rules(study_id=first.study_id, origin=Origin(door="hub", actor="forwarding"))
    client = browser("admin")
    waits = "2 objects waiting"
    assert f"sending {waits}" in text_of(client.get("/connections/"))
    lane = Lane.objects.create(ae_title="WS1", error_text="WS1 does not answer")
    assert f"tried again soon {waits}" in text_of(client.get("/connections/"))
    lane.open_until = clock.now() + timedelta(minutes=5)
    lane.save()
    assert f"does not answer {waits}" in text_of(client.get("/connections/"))


def test_a_reaction_that_was_given_up_is_tried_again() -> None:
    now = clock.now()
    message = OutboxMessage.objects.create(
        event="ChargeCaptured", version=1, stream="exam:1", payload={}, occurred_at=now
    )
    delivery = OutboxDelivery.objects.create(
        message=message,
        subscriber="integrations.hl7.reactions.send_charge",
        stream="exam:1",
        state="dead",
        attempts=12,
        next_attempt_at=now,
        error_code="crash",
        error_text="KeyError",
    )
    client = browser("admin")
    assert "Send charge charge captured KeyError" in text_of(client.get("/connections/"))
    client.post(f"/connections/given-up/{delivery.pk}/retry/")
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("pending", 0)


def test_objects_kept_aside_are_listed_with_the_reason() -> None:
    KeptAside.objects.create(
        reason="bad-uid",
        text="the Study Instance UID is not a UID",
        storage_key="x",
        size=2048,
        calling_ae="CT1",
        address="10.0.4.21",
        door="dicom",
        at=clock.now(),
    )
    text = text_of(browser("admin").get("/connections/"))
    assert "The Study Instance UID is not a UID" in text
    assert "2.0 KB" in text.replace("\xa0", " ")


def test_who_may_only_look_is_offered_nothing() -> None:
    card = refused()
    client = browser("auditor")
    assert "Accept" not in text_of(client.get("/connections/"))
    assert client.post(f"/connections/refused/{card.pk}/accept/").status_code == 403


def test_a_hub_nobody_calls_says_how_to_begin() -> None:
    assert "No scanner is configured" in text_of(browser("admin").get("/connections/"))


def test_a_peer_is_asked_whether_it_is_there_and_the_answer_is_told() -> None:
    client = browser("admin")
    with receiving() as receiver:
        peer = a_receiver(port=receiver.port)
        page = client.post(f"/connections/hl7-{peer.pk}/test/", follow=True)
    assert f"BILLING at 127.0.0.1:{receiver.port} took the connection in" in text_of(page)
    page = client.post(f"/connections/hl7-{peer.pk}/test/", follow=True)
    assert "BILLING: cannot connect to 127.0.0.1" in text_of(page)


def test_who_may_not_change_peers_may_not_test_them() -> None:
    peer = a_receiver(port=1)
    assert browser("auditor").post(f"/connections/hl7-{peer.pk}/test/").status_code == 403


def test_a_certificate_that_expires_soon_is_told(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HUB_TLS_CERT = Certificates.made_in(tmp_path).file("hub.pem")
    assert "our certificate is valid until" in text_of(browser("admin").get("/connections/"))
    until = own_certificate().until  # type: ignore[union-attr]
    for left, words in ((timedelta(days=20), "expires soon"), (timedelta(days=-1), "has expired")):
        monkeypatch.setattr(clock, "now", lambda left=left: until - left)
        assert words in own_certificate().words  # type: ignore[union-attr]
