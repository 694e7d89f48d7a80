"""Visits as rows: two clocks, one number after another, one patient."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from pacs_hub.audit.models import FieldChange
from tests.support.builders import a_patient
from tests.support.scheduled import ORIGIN
from worklist.models import Account, Visit
from worklist.visits import services
from worklist.visits.queries import under_way, visit_of
from worklist.visits.rules import Command, VisitFacts

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def tell(command: Command, *, hours: float = 0, **over: Any) -> services.Told:
    said = {"number": "V1", "authority": "GH", "sender": "HIS"} | over
    facts = VisitFacts(event_at=NOW + timedelta(hours=hours), **said)
    return services.tell_visit(
        facts=facts, command=command, patient=over.pop("patient", a_patient()), origin=ORIGIN
    )


def test_each_change_of_a_visit_is_led_back_to_what_brought_it() -> None:
    tell("admit", location="WARD1")
    tell("transfer", hours=1, location="ICU")
    change = FieldChange.objects.get(what="visit", field="location")
    assert (change.before, change.after, change.source_id) == ("WARD1", "ICU", ORIGIN.source_id)


def test_a_discharge_that_comes_after_a_newer_update_still_ends_the_visit() -> None:
    tell("admit")
    tell("update", hours=2, location="WARD2")
    told = tell("discharge", hours=1, location="WARD1")
    assert told.visit is not None
    assert (told.visit.status, told.visit.location) == ("finished", "WARD2")
    assert told.visit.discharged_at == NOW + timedelta(hours=1)


def test_a_discharge_that_comes_after_it_was_taken_back_ends_nothing() -> None:
    tell("cancel_discharge", hours=2)
    told = tell("discharge", hours=1, discharged_at=NOW)
    assert told.visit is not None
    assert (told.visit.status, told.visit.discharged_at) == ("in_progress", None)
    assert told.notes


def test_a_visit_opens_its_account_and_keeps_it() -> None:
    tell("admit", account_number="ACC1", financial_class="SELF")
    tell("update", hours=1, account_number="ACC2")
    assert Account.objects.get().number == "ACC1"
    assert Visit.objects.get().account == Account.objects.get()


def test_what_contradicts_needs_a_person() -> None:
    tell("discharge")
    with pytest.raises(services.VisitContradicts), transaction.atomic():
        tell("cancel_admit", hours=1)
    facts = VisitFacts(number="V1", authority="GH", event_at=NOW + timedelta(hours=1))
    told = services.tell_visit(
        facts=facts, command="cancel_admit", patient=a_patient(), origin=ORIGIN, forced=True
    )
    assert told.visit is not None
    assert told.visit.status == "cancelled"


def test_a_visit_is_found_by_the_number_it_had() -> None:
    visit = tell("admit").visit
    assert visit is not None
    services.renumber_visit(visit=visit, number="V2", authority="", origin=ORIGIN)
    assert visit_of(number="V1", authority="GH") == visit_of(number="V2", authority="GH") == visit
    other = tell("admit", number="V3").visit
    assert other is not None
    with pytest.raises(services.VisitNumberInUse):
        services.renumber_visit(visit=other, number="V2", authority="GH", origin=ORIGIN)


def test_visits_under_way_are_found_by_patient() -> None:
    visit = tell("admit").visit
    tell("plan", number="V2")
    assert visit is not None
    assert under_way([visit.patient_id]) == {visit.patient_id: [visit]}


def test_an_arrival_at_a_visit_nobody_knows_is_refused() -> None:
    with pytest.raises(services.NoSuchVisit):
        tell("arrive")
