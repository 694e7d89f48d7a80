"""Send a study from its page, see how far it is, and stop it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings

from archive.forwarding.models import Sending
from archive.models import Study
from pacs_hub.access.services import replace_peers
from pacs_hub.audit.models import AuditRow
from tests.support import board
from tests.support.browsing import browser, text_of
from tests.support.callers import person
from tests.support.datasets import ct_series
from tests.support.dicom_door import dicom_peer
from tests.support.stored import area_in, settle, store

pytestmark = pytest.mark.django_db


@pytest.fixture
def study(tmp_path: Path, settings: Settings) -> Study:
    board.a_site()
    store(*ct_series(3), area=area_in(tmp_path / "objects", settings))
    settle()
    there = dicom_peer("PACS2", host="10.0.4.9", port=11112)
    replace_peers(dicom=(there, dicom_peer("CT1")), hl7=(), fhir=())
    return Study.objects.get()


def at(study: Study, more: str = "") -> str:
    return f"/studies/{study.study_instance_uid}/{more}"


def test_a_study_is_queued_for_a_configured_peer(study: Study) -> None:
    client = browser("radiologist")
    assert "PACS2 at 10.0.4.9:11112" in text_of(client.get(at(study)))
    assert "CT1 at" not in text_of(client.get(at(study)))
    page = client.post(at(study, "send/"), {"destination": "PACS2"}, follow=True)
    assert "Queued for PACS2." in text_of(page)
    sending = Sending.objects.get()
    assert (sending.ae_title, sending.number_of_items, sending.priority) == ("PACS2", 3, 0)
    assert AuditRow.objects.filter(object_type="sending", role="radiologist").exists()
    part = client.get(at(study, "sendings/"))
    assert "queued 0 of 3" in text_of(part)
    assert "hx-trigger" in part.content.decode()
    Sending.objects.update(state="sent", number_sent=3)
    over = client.get(at(study, "sendings/")).content.decode()
    assert "hx-trigger" not in over, "nobody asks for more once it is over"


def test_a_destination_nobody_knows_is_refused_in_place(study: Study) -> None:
    page = browser("admin").post(at(study, "send/"), {"destination": "NOBODY"}, follow=True)
    assert "Not sent: the destination is not configured" in text_of(page)
    assert not Sending.objects.exists()


def test_a_sending_is_paused_resumed_retried_and_cancelled(study: Study) -> None:
    client = browser("admin")
    client.post(at(study, "send/"), {"destination": "PACS2", "anonymise": "1"})
    sending = Sending.objects.get()
    assert sending.anonymise == "basic"

    def act(action: str, **more: str) -> str:
        to = f"/studies/sendings/{sending.pk}/{action}/"
        return text_of(client.post(to, more, follow=True))

    assert "Paused" in act("pause")
    assert "It goes on." in act("resume")
    Sending.objects.update(attempts=2, error_text="the peer does not answer")
    shown = text_of(client.get(at(study)))
    assert "waits for the peer 0 of 3, 2 tries" in shown
    assert "The peer does not answer." in shown
    assert "It is tried again now." in act("retry")
    assert "Cancelled" in act("cancel")
    assert "Not done" in act("resume")
    assert client.post(f"/studies/sendings/{sending.pk}/explode/").status_code == 404
    assert client.post("/studies/sendings/999/retry/").status_code == 404


@pytest.mark.parametrize(("role", "status"), [("referrer", 403), ("billing", 403)])
def test_who_may_not_send_sees_and_does_nothing_of_it(study: Study, role: str, status: int) -> None:
    Study.objects.update(referrer_id="D9")
    client = browser(role, provider_id="D9")
    assert client.post(at(study, "send/"), {"destination": "PACS2"}).status_code == status
    assert client.get(at(study, "sendings/")).status_code == status
    if role == "referrer":
        assert "Sent on" not in text_of(client.get(at(study)))


def test_sending_needs_the_token_of_the_page(study: Study) -> None:
    answer = person("admin").post(at(study, "send/"), {"destination": "PACS2"})
    assert answer.status_code == 403
