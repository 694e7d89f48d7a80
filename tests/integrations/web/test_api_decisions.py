"""Over REST a message is searched by its text, rehearsed, edited, applied anyway or dismissed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from archive.models import Patient
from integrations.hl7.inbox.current import routes
from integrations.hl7.inbox.models import InboundMessage
from integrations.hl7.inbox.services import receive
from pacs_hub.audit.models import AuditRow
from pacs_hub.kernel import clock
from tests.support.browsing import browser, text_of
from tests.support.callers import caller
from tests.support.messages import adt, orm_o01, pid
from tests.support.mllp_door import a_sender, a_site

pytestmark = pytest.mark.django_db


@pytest.fixture
def refused() -> InboundMessage:
    """Keep a message of a sender that is configured only now."""
    a_site()
    raw = adt("A04", person=pid(name="DOE^JANE")).encode()
    receipt = receive(raw=raw, address="127.0.0.1", routes=routes())
    a_sender()
    return InboundMessage.objects.get(pk=receipt.message_id)


@pytest.fixture
def held(refused: InboundMessage) -> InboundMessage:
    """Keep a message for a person to decide on."""
    refused.processing_state, refused.held_reason = "held", "two patients look alike"
    refused.save()
    return refused


def test_a_rehearsal_tells_what_would_be(refused: InboundMessage) -> None:
    client = caller("integrator")
    found = client.post(f"/api/messages/in-{refused.pk}/rehearse/").json()
    assert (found["state"], found["ack_code"]) == ("processed", "AA")
    assert {"patient", "patientidentifier"} <= {effect["what"] for effect in found["effects"]}
    assert not Patient.objects.exists()


def test_an_edited_message_is_a_new_one(refused: InboundMessage) -> None:
    client, place = caller("integrator"), f"/api/messages/in-{refused.pk}/edit/"
    text = bytes(refused.raw).decode().replace("DOE^JANE", "ROE^JANE")
    assert client.post(place, {"text": text}, content_type="application/json").status_code == 400
    given = {"text": text, "reason": "misspelt"}
    answer = client.post(place, given, content_type="application/json")
    assert answer.json()["state"] == "processed"
    assert answer.json()["id"] != f"in-{refused.pk}"
    assert Patient.objects.get().name == "ROE^JANE"


def test_a_held_message_is_applied_because_a_person_says_so(held: InboundMessage) -> None:
    answer = caller("integrator").post(f"/api/messages/in-{held.pk}/apply/")
    assert answer.json()["state"] == "processed"
    again = caller("integrator").post(f"/api/messages/in-{held.pk}/apply/")
    assert again.status_code == 409
    assert AuditRow.objects.filter(object_type="message", action="update").exists()


def test_a_held_message_is_dismissed_with_a_reason(held: InboundMessage) -> None:
    client, place = caller("integrator"), f"/api/messages/in-{held.pk}/dismiss/"
    assert client.post(place, {}, content_type="application/json").status_code == 400
    answer = client.post(place, {"reason": "a test"}, content_type="application/json")
    assert answer.json()["state"] == "dismissed"


def test_the_page_says_why_it_is_held_and_what_each_button_does(held: InboundMessage) -> None:
    client, place = browser("admin"), f"/messages/in/{held.pk}/"
    assert "held for a person" in text_of(client.get("/messages/"))
    text = text_of(client.get(place))
    assert "It is applied now, although: two patients look alike." in text
    assert "Not dismissed" in text_of(client.post(f"{place}dismiss/", follow=True))
    answer = client.post(f"{place}dismiss/", {"reason": "a test"}, follow=True)
    assert "Dismissed. It is kept, and never applied." in text_of(answer)
    assert "Not applied" in text_of(client.post(f"{place}apply/", follow=True))


def test_a_waiting_message_is_applied_from_its_page(held: InboundMessage) -> None:
    InboundMessage.objects.update(processing_state="parked")
    place = f"/messages/in/{held.pk}/"
    answer = browser("admin").post(f"{place}apply/", follow=True)
    assert "Applied; what it did is listed below." in text_of(answer)


def test_text_is_found_inside_messages(refused: InboundMessage) -> None:
    client = caller("integrator")
    found = client.get("/api/messages/search/?text=jane").json()
    assert [row["id"] for row in found["results"]] == [f"in-{refused.pk}"]
    assert (found["older"], found["read"]) == (None, 1)
    assert client.get("/api/messages/search/?text=nobody").json()["results"] == []
    assert client.get("/api/messages/search/?text=a&before=x").status_code == 400


def test_messages_are_filtered_by_patient_accession_and_time(refused: InboundMessage) -> None:
    raw = orm_o01(accession="A7", person=pid(identifier="P9^^^GH", name="POE^JIM")).encode()
    receive(raw=raw, address="127.0.0.1", routes=routes())
    client, soon = caller("integrator"), (clock.now() + timedelta(minutes=1)).isoformat()
    for query, found in (
        ("patient=P9", 1),
        ("patient=poe", 1),
        ("accession_number=A7", 1),
        ("q=A7", 1),
        ("q=P100", 1),
        ("until=2020-01-01T00:00:00Z", 0),
        (f"since={soon.replace('+', '%2B')}", 0),
    ):
        assert client.get(f"/api/messages/?{query}").json()["count"] == found, query


@pytest.mark.parametrize("what", ["rehearse", "apply", "dismiss", "edit", "replay"])
def test_who_may_only_read_messages_decides_nothing(what: str, held: InboundMessage) -> None:
    assert caller("auditor").post(f"/api/messages/in-{held.pk}/{what}/").status_code == 403
