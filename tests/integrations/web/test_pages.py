"""Messages, as the person who looks after interfaces sees them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from integrations.hl7.inbox.models import InboundMessage
from integrations.hl7.outbound.models import OutboundMessage
from pacs_hub.access.services import replace_peers
from pacs_hub.audit.models import AuditRow
from pacs_hub.kernel import clock
from tests.support.browsing import browser, text_of
from tests.support.builders import an_exam

pytestmark = pytest.mark.django_db
NO_DAYS = (
    "?until=9999-12-31",
    "?before=0001-01-01T00:00:00%2B14:00~in~1",
)

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LOST = {"wanted": "ASCII", "used": "UNICODE UTF-8", "policy": "utf-8", "fields": {"PID-5": 1}}
ADT = (
    b"MSH|^~\\&|HIS|GH|PACSHUB|GH|20261124083000||ADT^A08|M1|P|2.5.1\r"
    b"EVN|A08|20261124083000\rPID|1||P1^^^GH^MR||DOE^JANE||19700101|F\rPV1|1|O\r"
)


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make it noon."""
    monkeypatch.setattr(clock, "now", lambda: NOON)


def came_in(**over: Any) -> InboundMessage:
    """Keep a message that was applied."""
    row: dict[str, Any] = {
        "raw": ADT,
        "address": "10.0.4.11",
        "peer": "HIS",
        "received_at": NOON - timedelta(minutes=30),
        "message_type": "ADT^A08",
        "control_id": "M1",
        "body_sha256": "x",
        "processing_state": "processed",
        "ack_outcome": "sent",
        "ack_code": "AA",
        "correlation_id": "c",
        "patient_number": "P1",
        "accession_number": "A1",
    }
    return InboundMessage.objects.create(**(row | over))


def goes_out(**over: Any) -> OutboundMessage:
    """Keep a charge on its way to billing."""
    number = OutboundMessage.objects.count() + 1
    row: dict[str, Any] = {
        "peer_name": "BILLING",
        "message_type": "DFT^P03",
        "control_id": f"OUT{number}",
        "natural_key": f"charge:{number}",
        "stream": "exam:1",
        "body": ADT.replace(b"ADT^A08", b"DFT^P03"),
        "next_attempt_at": NOON,
        "created_at": NOON - timedelta(minutes=20),
        "correlation_id": "c",
    }
    return OutboundMessage.objects.create(**(row | over))


def test_errors_stand_first_then_the_oldest_that_waits() -> None:
    came_in()
    came_in(control_id="BAD", processing_state="refused", error_text="no such patient")
    goes_out(control_id="OLD", created_at=NOON - timedelta(hours=3))
    goes_out(control_id="NEW", created_at=NOON - timedelta(minutes=20))
    goes_out(control_id="FRESH", created_at=NOON - timedelta(seconds=5))
    text = text_of(browser("admin").get("/messages/"))
    loud = text.split("Needs a hand")[1].split("All, latest first")[0]
    assert loud.index("BAD") < loud.index("OLD") < loud.index("NEW")
    assert "FRESH" not in loud
    assert "No such patient" in loud


def test_an_error_of_yesterday_is_not_loud_any_more() -> None:
    came_in(processing_state="refused", received_at=NOON - timedelta(days=2))
    assert "Needs a hand" not in text_of(browser("admin").get("/messages/"))


def test_a_charge_refused_long_ago_is_loud_until_it_is_sent_again() -> None:
    refused = goes_out(state="rejected", created_at=NOON - timedelta(days=3))
    client = browser("admin")
    assert ">1</span></a>" in client.get("/messages/").content.decode()
    assert "Needs a hand" in text_of(client.get("/messages/"))
    goes_out(state="acknowledged", resend_of=refused)
    assert "Needs a hand" not in text_of(client.get("/messages/"))
    assert ">1</span></a>" not in client.get("/messages/").content.decode()


@pytest.mark.parametrize(
    ("query", "found", "absent"),
    [
        ("direction=in", "M1", "OUT1"),
        ("direction=out", "OUT1", "M1"),
        ("kind=done", "M1", "OUT1"),
        ("kind=waiting", "OUT1", "M1"),
        ("type=DFT^P03", "OUT1", "M1"),
        ("q=M1", "M1", "OUT1"),
        ("q=BILLING", "OUT1", "M1"),
        ("peer=HIS", "M1", "OUT1"),
        ("q=P1", "M1", "OUT1"),
        ("q=DFT", "OUT1", "M1"),
        ("accession=A1", "M1", "OUT1"),
        ("text=jane&direction=in", "M1", "OUT1"),
        ("since=2026-11-24", "M1", "nothing"),
        ("until=2026-11-23", "fits", "M1"),
    ],
)
def test_filters_and_search_narrow_the_list(query: str, found: str, absent: str) -> None:
    came_in()
    goes_out(created_at=NOON)
    words = text_of(browser("admin").get(f"/messages/?{query}")).split()
    assert found in words
    assert absent not in words


def test_an_accession_finds_what_told_of_the_exam_and_what_was_sent_about_it() -> None:
    exam = an_exam()  # its timeline names inbound message 1
    came_in(pk=1, control_id="ORDER")
    came_in(control_id="OTHER")
    goes_out(exam=exam)
    words = text_of(browser("admin").get(f"/messages/?q={exam.accession_number}")).split()
    assert {"ORDER", "OUT1"} <= set(words)
    assert "OTHER" not in words


def test_messages_come_in_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.web.pages.PAGE_SIZE", 2)
    for number in range(5):
        came_in(control_id=f"N{number}")
    client, seen, place = browser("admin"), [], "/messages/"
    for _ in range(3):
        html = client.get(place).content.decode()
        seen += re.findall(r">(N\d)<", html)
        found = re.search(r'rel="next" href="([^"]+)"', html)
        place = f"/messages/{found[1].replace('&amp;', '&')}" if found else ""
    assert seen == ["N4", "N3", "N2", "N1", "N0"]
    assert place == ""


def test_a_text_is_found_inside_and_the_page_says_how_far_it_looked(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.HUB_MESSAGE_KEYS = (b"k" * 32,)
    monkeypatch.setattr("integrations.web.listing.READ_AT_MOST", 2)
    came_in(control_id="OLD", received_at=NOON - timedelta(hours=3))
    for number in range(2):
        came_in(control_id=f"N{number}", raw=ADT.replace(b"JANE", b"JOHN"))
    client = browser("admin")
    text = text_of(client.get("/messages/?text=jane"))
    assert "2 messages were opened" in text
    html = client.get("/messages/?text=jane").content.decode()
    place = re.search(r'rel="next" href="([^"]+)"', html)
    assert place
    assert "OLD" in text_of(client.get(f"/messages/{place[1].replace('&amp;', '&')}"))


def test_a_page_that_does_not_exist_is_not_found() -> None:
    client = browser("admin")
    for query in ("before=yesterday", "since=soon", "kind=odd", "direction=up"):
        assert client.get(f"/messages/?{query}").status_code == 404


def test_a_message_is_shown_segment_by_segment_with_the_names_of_its_fields() -> None:
    row = came_in(effects=[{"what": "patient", "id": 1, "text": "patient updated"}])
    text = text_of(browser("admin").get(f"/messages/in/{row.pk}/"))
    for words in ("PID-5 Patient name DOE ^ JANE name", "from HIS at 10.0.4.11", "Patient updated"):
        assert words in text
    assert AuditRow.objects.get(object_type="message").object_id == f"in/{row.pk}"


def test_bytes_that_are_not_hl7_are_shown_as_they_came() -> None:
    row = came_in(raw=b"GET / HTTP/1.1\r\n<script>\r\n", message_type="", control_id="")
    html = browser("admin").get(f"/messages/in/{row.pk}/").content.decode()
    assert "Not an HL7 message" in html
    assert "&lt;script&gt;" in html


def test_a_kept_message_is_applied_again() -> None:
    replace_peers(
        dicom=[],
        hl7=[{"name": "HIS", "direction": "in", "application": "HIS", "address": ["*"]}],
        fhir=[],
    )
    row = came_in(processing_state="refused", error_text="the database was away")
    page = browser("admin").post(f"/messages/in/{row.pk}/replay/", follow=True)
    assert "Applied again" in text_of(page)
    row.refresh_from_db()
    assert row.processing_state == "processed"


def test_only_a_refused_or_given_up_message_is_offered_again() -> None:
    client = browser("admin")
    sent, dead = goes_out(state="acknowledged"), goes_out(state="dead")
    assert "Send again" not in text_of(client.get(f"/messages/out/{sent.pk}/"))
    assert "Send again" in text_of(client.get(f"/messages/out/{dead.pk}/"))
    refused = client.post(f"/messages/out/{sent.pk}/resend/", follow=True)
    assert "Not sent again" in text_of(refused)


def test_who_may_only_read_messages_changes_none() -> None:
    row = came_in()
    client = browser("auditor")
    assert client.get(f"/messages/in/{row.pk}/").status_code == 200
    assert client.post(f"/messages/in/{row.pk}/replay/").status_code == 403


@pytest.mark.parametrize(
    "path", ["in/99/", "out/99/", "up/1/", "?direction=up", "?kind=x", *NO_DAYS]
)
def test_a_message_or_list_that_is_not_there_is_not_found(path: str) -> None:
    assert browser("admin").get(f"/messages/{path}").status_code == 404


def test_a_list_that_did_not_change_is_not_sent_again() -> None:
    came_in()
    client, live = browser("admin"), {"HX-Request": "true", "HX-Target": "live"}
    first = client.get("/messages/", headers=live)
    since = live | {"If-None-Match": first["ETag"]}
    assert client.get("/messages/", headers=since).status_code == 304
    came_in(control_id="M2")
    assert client.get("/messages/", headers=since).status_code == 200


def test_a_message_nobody_needs_is_left_out_with_a_reason() -> None:
    row = goes_out(state="rejected", conversion=LOST)
    client, place = browser("admin"), f"/messages/out/{row.pk}/"
    row.answers.create(peer_name="BILLING", kind="late", code="AA", at=NOON)
    assert "Late answer AA" in text_of(client.get(place))
    assert "say why" in text_of(client.post(f"{place}skip/", follow=True))
    answer = client.post(f"{place}skip/", {"reason": "billed by hand"}, follow=True)
    assert "Left out. What waited behind it goes on." in text_of(answer)
    assert "Not left out" in text_of(client.post(f"{place}skip/", {"reason": "x"}, follow=True))
