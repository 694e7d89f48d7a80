"""Patients are registered once and keep what the system of record said last."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from archive.models import Patient
from archive.patients.queries import find_by_identifier
from archive.patients.rules import Identifier
from archive.patients.services import IdentifiersDisagree, NoIdentifier, register_patient
from pacs_hub.outbox.models import OutboxMessage
from tests.support.builders import HIS, MORNING, a_patient, patient_facts

pytestmark = pytest.mark.django_db


def test_the_same_identifier_is_the_same_patient() -> None:
    first = a_patient()
    second = a_patient(name="DOE^JANE^MARIE")
    assert first.pk == second.pk
    assert Patient.objects.get().name == "DOE^JANE^MARIE"


def test_the_same_number_of_another_issuer_is_another_patient() -> None:
    first = a_patient()
    second = a_patient(identifiers=(Identifier(value="P1", issuer="OTHER"),))
    assert first.pk != second.pk


def test_what_is_not_said_stays_and_what_is_cleared_goes() -> None:
    a_patient()
    register_patient(
        facts=patient_facts(name=None, sex=None, birth_date=None, clear_birth_date=True),
        origin=HIS,
        event_at=MORNING + timedelta(minutes=1),
    )
    patient = Patient.objects.get()
    assert (patient.name, patient.sex, patient.birth_date) == ("DOE^JANE", "F", None)


def test_an_older_event_changes_nothing() -> None:
    a_patient()
    register_patient(
        facts=patient_facts(name="OLD^NAME"), origin=HIS, event_at=MORNING - timedelta(hours=1)
    )
    assert Patient.objects.get().name == "DOE^JANE"


def test_an_image_never_renames_a_registered_patient() -> None:
    a_patient()
    register_patient(facts=patient_facts(name="D^J", sex="M"), origin=HIS, provisional=True)
    patient = Patient.objects.get()
    assert (patient.name, patient.sex, patient.state) == ("DOE^JANE", "F", "active")


def test_a_provisional_patient_is_confirmed_by_an_adt() -> None:
    register_patient(facts=patient_facts(name="Doe^J"), origin=HIS, provisional=True)
    patient = a_patient()
    assert (patient.state, patient.name, patient.birth_date) == (
        "active",
        "DOE^JANE",
        date(1970, 1, 1),
    )


def test_identifiers_of_two_patients_in_one_message_are_refused() -> None:
    a_patient()
    a_patient(identifiers=(Identifier(value="P2", issuer="GH"),))
    both = (Identifier(value="P1", issuer="GH"), Identifier(value="P2", issuer="GH"))
    with pytest.raises(IdentifiersDisagree):
        register_patient(facts=patient_facts(identifiers=both), origin=HIS)


def test_a_patient_without_identifier_is_refused() -> None:
    with pytest.raises(NoIdentifier):
        register_patient(facts=patient_facts(identifiers=()), origin=HIS)


def test_a_second_identifier_finds_the_same_patient() -> None:
    both = (Identifier(value="P1", issuer="GH"), Identifier(value="N9", issuer="NATIONAL"))
    first = a_patient(identifiers=both)
    assert find_by_identifier(value="N9", issuer="NATIONAL") == first


def test_only_a_real_change_is_told() -> None:
    a_patient()
    a_patient()
    assert OutboxMessage.objects.filter(event="PatientUpdated").count() == 1
