"""Whom a query means: merged persons, verified studies, further identifiers, several issuers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from archive.corrections.services import correct_study
from archive.index.identifiers import details_of, identifier
from archive.index.keys import Level, Path, match_of
from archive.index.queries import Row, Search, find
from archive.patients.models import Patient, PatientState
from archive.patients.rules import Identifier, PatientFacts
from archive.patients.services import register_patient
from archive.storage.filesystem import FilesystemArea
from archive.store.models import Study
from archive.store.services import file_under
from pacs_hub.kernel.origin import Origin
from tests.archive.index.test_queries import matches
from tests.support.builders import a_patient
from tests.support.datasets import ct_instance, mr_instance
from tests.support.stored import store

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("each_way")]
OTHER_ID: Path = (0x00101002, 0x00100020)
WEB = Origin.over_http(user="test")


def look(level: Level = Level.STUDY, *, fuzzy: bool = False, **keys: str) -> list[Row]:
    search = Search(level=level, matches=matches(**keys), principal=None, fuzzy=fuzzy)
    return find(search, limit=100).rows


def told(row: Row, *tags: int) -> dict[str, Any]:
    details = details_of([row], asked=tags, principal=None)
    return identifier(row, levels=list(Level)[:2], base_url="", details=details)


def merge(gone: str, stays: str) -> None:
    """Let the person with ID `gone` be the one with ID `stays`."""
    survivor = Patient.objects.get(identifiers__value=stays)
    Patient.objects.filter(identifiers__value=gone).update(
        survivor=survivor, state=PatientState.MERGED
    )


def test_a_merged_person_is_found_as_one_and_under_each_identifier(area: FilesystemArea) -> None:
    store(
        ct_instance(PatientID="OLD", StudyID="1", PatientName="Doe^Jane"),
        ct_instance(PatientID="NEW", StudyID="2", PatientName="Doe^Jane"),
        area=area,
    )
    merge("OLD", "NEW")
    for value in ("OLD", "NEW", "NE*", "O?D"):
        assert {row.study.study_id for row in look(PatientID=value) if row.study} == {"1", "2"}
    (person,) = look(Level.PATIENT, PatientName="doe*")
    assert told(person, 0x00201200)["00201200"]["Value"] == [2]
    assert [row.patient for row in look(Level.PATIENT, PatientID="OLD")] == [person.patient]


def test_a_verified_study_of_a_merged_person_is_found_as_the_survivor(
    area: FilesystemArea,
) -> None:
    (row,) = store(ct_instance(PatientID="OLD", PatientName="Wrong^Name"), area=area)
    a_patient()  # P1, DOE^JANE
    file_under(study_id=row.study_id, patient=row.study.patient, referrer_id="")
    merge("OLD", "P1")
    (found,) = look(PatientName="doe^jane")
    assert told(found)["00100010"]["Value"] == [{"Alphabetic": "DOE^JANE"}]
    assert look(PatientName="wrong*") == []
    assert look(PatientBirthDate="19700101", PatientSex="F")
    assert look(PatientBirthDate="19710101") == []


def test_another_issuer_is_another_person(area: FilesystemArea) -> None:
    store(
        ct_instance(PatientID="7", IssuerOfPatientID="GH", StudyID="1"),
        ct_instance(PatientID="7", IssuerOfPatientID="ELSEWHERE", StudyID="2"),
        area=area,
    )
    assert len(look(PatientID="7")) == 2
    (row,) = look(PatientID="7", IssuerOfPatientID="ELSEWHERE")
    assert row.study is not None
    assert row.study.study_id == "2"
    assert [r.study.study_id for r in look(IssuerOfPatientID="GH") if r.study] == ["1"]


def test_further_identifiers_are_matched_and_told(area: FilesystemArea) -> None:
    store(ct_instance(PatientID="P100", IssuerOfPatientID="GH"), area=area)
    ids = (Identifier(value="P100", issuer="GH"), Identifier(value="X9", issuer="NAT"))
    register_patient(
        facts=PatientFacts(identifiers=ids), origin=WEB, event_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    search = Search(level=Level.STUDY, matches={OTHER_ID: match_of("LO", "X9")}, principal=None)
    (row,) = find(search, limit=10).rows
    (other,) = told(row, 0x00101002)["00101002"]["Value"]
    assert (other["00100020"]["Value"], other["00100021"]["Value"]) == (["X9"], ["NAT"])


def test_a_person_without_an_identifier_has_an_empty_one(area: FilesystemArea) -> None:
    store(ct_instance(PatientID="", IssuerOfPatientID=""), area=area)
    (person,) = look(Level.PATIENT)
    assert told(person)["00100020"] == {"vr": "LO"}
    search = Search(
        level=Level.STUDY,
        matches={(0x00100020,): match_of("LO", '""', empty=True)},
        principal=None,
    )
    assert len(find(search, limit=10).rows) == 1


def test_what_was_corrected_is_what_is_found(area: FilesystemArea) -> None:
    (row,) = store(ct_instance(AccessionNumber="WRONG"), area=area)
    correct_study(
        study_id=row.study_id,
        attributes={"00080050": {"vr": "SH", "Value": ["RIGHT"]}},
        reason="CORRECT",
        source="test",
        origin=WEB,
    )
    assert look(AccessionNumber="WRONG") == []
    (found,) = look(AccessionNumber="RIGHT")
    assert told(found)["00080050"]["Value"] == ["RIGHT"]


def test_identities_cost_the_same_for_many_as_for_one(area: FilesystemArea) -> None:
    counted = []
    for number in range(3):
        store(ct_instance(PatientID=f"Q{number}"), mr_instance(PatientID=f"R{number}"), area=area)
        for study in Study.objects.filter(identity_verified=False):
            file_under(study_id=study.pk, patient=study.patient, referrer_id="")
        with CaptureQueriesContext(connection) as captured:
            for each in look():
                told(each)
        counted.append(len(captured))
    assert counted[0] == counted[1] == counted[2]
