"""A message is read as the site says its sender means it, in the one place where it is applied."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integrations.hl7.inbox import mapping, services
from integrations.hl7.inbox.models import InboundMessage
from integrations.hl7.maps.overrides import Override
from pacs_hub.wiring.mllp import ROUTES
from tests.support.builders import a_procedure, a_station
from tests.support.messages import adt, orm_o01
from tests.support.mllp_door import a_sender, a_site
from worklist.models import Exam

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def hub() -> None:
    a_site()
    a_sender()
    a_procedure()
    a_station()
    mapping.forget()


def in_force(*said: dict[str, Any]) -> None:
    mapping.replace_overrides(
        [Override(**{"name": f"n{n}", "peer": "HIS", **parts}) for n, parts in enumerate(said)]
    )


def send(message: str) -> InboundMessage:
    services.receive(raw=message.encode(), address="127.0.0.1", routes=ROUTES)
    return InboundMessage.objects.latest("pk")


def test_a_field_comes_from_where_the_site_says() -> None:
    in_force(
        {"kind": "move", "map": "orm2order", "field": "accession_number", "sources": ["ZOR-2"]}
    )
    send(f"{orm_o01()}ZOR|1|ZZ9\r")
    assert Exam.objects.get().accession_number == "ZZ9"


def test_an_override_of_another_sender_says_nothing() -> None:
    in_force(
        {
            "peer": "RIS",
            "kind": "constant",
            "map": "orm2order",
            "field": "accession_number",
            "value": "ZZ9",
        }
    )
    send(orm_o01(accession="A1"))
    assert Exam.objects.get().accession_number == "A1"


def test_a_filtered_message_is_left_out_or_given_to_a_person() -> None:
    in_force(
        {
            "kind": "filter",
            "message": "ORM^O01",
            "path": "OBR-24",
            "equals": ["US"],
            "action": "accept",
        },
        {"kind": "filter", "message": "ORM^O01", "action": "ignore"},
        {"kind": "filter", "message": "ADT^*", "action": "hold"},
    )
    left_out = send(orm_o01())
    assert (left_out.processing_state, left_out.ack_code) == ("processed", "AA")
    assert left_out.effects[0]["text"] == "left out by the site's filter n1"
    assert not Exam.objects.exists()
    held = send(adt("A01"))
    assert (held.processing_state, held.ack_code) == ("held", "AA")
    send(orm_o01(modality="US"))
    assert Exam.objects.get().modality == "US"


def test_overrides_in_force_cost_no_query_for_each_message() -> None:
    send(orm_o01(placer="P1^HIS"))
    with CaptureQueriesContext(connection) as before:
        send(orm_o01(placer="P2^HIS"))
    in_force({"kind": "default", "map": "orm2order", "field": "reason", "value": "none"})
    send(orm_o01(placer="P3^HIS"))
    with CaptureQueriesContext(connection) as after:
        send(orm_o01(placer="P4^HIS"))
    asked = [q["sql"] for q in after.captured_queries if "mapoverride" in q["sql"]]
    assert not asked
    assert len(after) <= len(before) + 1


def test_what_is_kept_is_what_was_said() -> None:
    said = (
        Override(
            name="a", peer="*", kind="move", map="orm2order", field="reason", sources=("A-1",)
        ),
        Override(name="b", peer="*", kind="filter", message="*", path="B-1", equals=("",)),
    )
    mapping.replace_overrides(said)
    assert mapping.in_force() == said


def test_what_is_tried_is_never_in_force() -> None:
    said = [Override(name="a", peer="*", kind="filter", message="*", action="ignore")]
    with mapping.trying(said) as told:
        assert send(orm_o01()).effects[0]["what"] == "filter"
    assert told == []
    with mapping.trying([]) as told:
        send(orm_o01(placer="P2^HIS", accession="A2"))
    assert any(found.get("accession_number") == "A2" for _, found in told)
    assert Exam.objects.count() == 1
