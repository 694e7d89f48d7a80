"""Messages and charges over REST."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from integrations.billing.models import Charge
from integrations.billing.services import capture_charge
from integrations.hl7.inbox.current import routes
from integrations.hl7.inbox.services import receive
from integrations.hl7.outbound.models import OutboundMessage, OutboundState
from integrations.hl7.outbound.services import queue_dft
from pacs_hub.access.models import Hl7Peer
from pacs_hub.audit.models import AuditRow
from tests.support.builders import HIS, an_exam
from tests.support.callers import caller
from tests.support.messages import adt, msh
from tests.support.mllp_door import a_receiver, a_sender, a_site
from worklist.models import Exam
from worklist.mpps.services import complete_by_person, start_by_person

pytestmark = pytest.mark.django_db


def came_in(text: str) -> None:
    receive(raw=text.encode(), address="127.0.0.1", routes=routes())


def a_charge() -> Charge:
    exam: Exam = an_exam()
    start_by_person(exam_id=exam.pk, origin=HIS)
    complete_by_person(exam_id=exam.pk, origin=HIS)
    return capture_charge(exam_id=exam.pk, origin=HIS)


def a_message_out() -> OutboundMessage:
    a_site()
    a_receiver(port=7001)
    (message,) = queue_dft(charge_id=a_charge().pk, correlation_id="c1")
    return message


def test_a_message_has_the_promised_shape() -> None:
    a_site()
    a_sender()
    came_in(adt("A04", header=msh("ADT^A04^ADT_A01", number="M1")))
    (shown,) = caller("integrator").get("/api/messages/").json()["results"]
    expected = {
        "direction": "in",
        "peer": "HIS",
        "type": "ADT^A04",
        "control_id": "M1",
        "state": "processed",
        "ack_code": "AA",
        "error": "",
    }
    assert {name: shown[name] for name in expected} == expected
    assert shown["raw"].startswith("MSH|^~\\&|HIS|GH|")
    assert "\r" in shown["raw"]
    assert shown["effects"]
    assert shown["received_at"]
    assert shown["next_attempt_at"] is None
    assert caller("admin").get(f"/api/messages/{shown['id']}/").json() == shown


def test_both_directions_stand_in_one_list_latest_first() -> None:
    message = a_message_out()
    a_sender()
    came_in(adt())
    shown = caller("admin").get("/api/messages/").json()
    assert shown["count"] == 2
    assert [row["direction"] for row in shown["results"]] == ["in", "out"]
    assert shown["results"][1]["control_id"] == message.control_id
    assert {"what": "exam", "id": message.exam_id} in shown["results"][1]["effects"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("direction=in", 1),
        ("direction=out", 0),
        ("peer=HIS", 1),
        ("peer=LIS", 0),
        ("type=ADT^A01", 1),
        ("type=ORM^O01", 0),
        ("control_id=M1", 1),
        ("state=processed", 1),
        ("state=refused", 0),
        ("ack_code=AA", 1),
        ("ack_code=AE", 0),
        ("q=M1", 1),
    ],
)
def test_each_filter_narrows_the_messages(query: str, found: int) -> None:
    a_sender()
    came_in(adt("A01", header=msh("ADT^A01^ADT_A01", number="M1")))
    assert caller("admin").get(f"/api/messages/?{query}").json()["count"] == found


def test_a_refused_message_tells_why() -> None:
    came_in(adt())
    (shown,) = caller("auditor").get("/api/messages/?state=refused").json()["results"]
    assert shown["ack_code"] == "AR"
    assert shown["error"]


def test_the_list_costs_the_same_for_one_message_and_for_many(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    a_sender()
    client = caller("admin")
    for _ in range(6):
        came_in(adt())
    with django_assert_max_num_queries(7):
        assert client.get("/api/messages/").json()["count"] == 6


def test_a_message_that_was_refused_is_replayed_once_its_sender_is_known() -> None:
    came_in(adt())
    client = caller("integrator")
    (shown,) = client.get("/api/messages/").json()["results"]
    a_sender()
    answer = client.post(f"/api/messages/{shown['id']}/replay/")
    assert answer.status_code == 200, answer.content
    assert answer.json()["state"] == "processed"
    assert AuditRow.objects.filter(object_type="message", action="update").count() == 1


def test_a_rejected_message_is_sent_again_as_a_new_one() -> None:
    message = a_message_out()
    client = caller("admin")
    place = f"/api/messages/out-{message.pk}/resend/"
    refused = client.post(place)
    assert refused.status_code == 409
    OutboundMessage.objects.update(state=OutboundState.REJECTED)
    answer = client.post(place)
    assert answer.status_code == 200, answer.content
    assert answer.json()["state"] == "queued"
    assert answer.json()["control_id"] != message.control_id


def test_what_came_in_is_not_sent_and_what_went_out_is_not_replayed() -> None:
    message = a_message_out()
    client = caller("admin")
    assert client.post(f"/api/messages/out-{message.pk}/replay/").status_code == 404
    assert client.post("/api/messages/in-1/resend/").status_code == 404


def test_charges_of_an_exam_are_listed_with_their_lines() -> None:
    charge = a_charge()
    an_exam(placer_order_number="P101")
    (shown,) = caller("billing").get(f"/api/charges/?exam={charge.exam_id}").json()["results"]
    assert shown["exam"] == str(charge.exam_id)
    assert shown["state"] == charge.state
    assert shown["lines"][0]["cpt"] == "70450"
    assert caller("billing").get(f"/api/charges/{shown['id']}/").json() == shown
    assert caller("billing").get("/api/charges/?exam=4711").json()["count"] == 0


def test_neither_is_for_those_without_the_role() -> None:
    assert Client().get("/api/messages/").status_code == 401
    assert caller("technologist").get("/api/messages/").status_code == 403
    assert caller("referrer").get("/api/charges/").status_code == 403
    assert not Hl7Peer.objects.exists()
