"""C-FIND by model and by what was agreed on, over real associations (PS3.4 C.4.1, C.5.1)."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydicom import Dataset
from pydicom.uid import ExplicitVRLittleEndian
from pynetdicom import AE
from pynetdicom.pdu_primitives import SOPClassExtendedNegotiation
from pynetdicom.sop_class import (
    PatientRootQueryRetrieveInformationModelFind,
    PatientStudyOnlyQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelFind,
)
from pytest_django import Settings

from archive.dimse.find_negotiation import answer_extended
from archive.store.completion import bring_up_to_date
from archive.store.models import Study
from archive.store.services import file_under
from tests.support.builders import a_patient
from tests.support.datasets import ct_instance, mr_instance, new_uid
from tests.support.dicom_door import dicom_peer, open_door
from tests.support.needs import program
from tests.support.peers.modality import Modality, undisturbed

PATIENT_ROOT = PatientRootQueryRetrieveInformationModelFind
STUDY_ROOT = StudyRootQueryRetrieveInformationModelFind
PATIENT_STUDY_ONLY = PatientStudyOnlyQueryRetrieveInformationModelFind
RELATIONAL, COMBINED, FUZZY, ZONES = b"\1", b"\0\1", b"\0\0\1", b"\0\0\0\1"
EMPTY, SEVERAL = b"\0\0\0\0\0\1", b"\0\0\0\0\0\0\1"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def port(settings: Settings, tmp_path: Path) -> Iterator[int]:
    easy = dicom_peer("OLD", options={"lenient_hierarchy": True})
    latin = dicom_peer("LATIN", character_set="ISO_IR 100")
    with open_door(settings, tmp_path, dicom_peer(), easy, latin) as port:
        yield port


def query(level: str, **keys: Any) -> Dataset:
    ds = Dataset()
    ds.QueryRetrieveLevel = level
    for keyword, value in keys.items():
        setattr(ds, keyword, value)
    return ds


def item(**values: Any) -> Dataset:
    ds = Dataset()
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    return ds


def ids(found: tuple[int, list[Dataset]]) -> list[str]:
    status, answers = found
    assert status == 0
    return sorted(answer.StudyID for answer in answers)


def test_the_patient_level_answers_persons_each_once(port: int) -> None:
    modality = Modality(port)
    for number in range(3):
        modality.store(
            ct_instance(PatientID="P1", StudyID=str(number)),
            ct_instance(PatientID=f"Q{number}", PatientName=f"Roe^{number}"),
        )
    wanted = query(
        "PATIENT",
        PatientID="",
        PatientName="",
        NumberOfPatientRelatedStudies="",
        NumberOfPatientRelatedInstances="",
    )
    status, found = modality.find(wanted, model=PATIENT_ROOT)
    assert status == 0
    counted = {a.PatientID: int(a.NumberOfPatientRelatedStudies) for a in found}
    assert counted == {"P1": 3, "Q0": 1, "Q1": 1, "Q2": 1}
    assert "InstanceAvailability" not in found[0]
    _, roe = modality.find(query("PATIENT", PatientName="roe^*", PatientID=""), model=PATIENT_ROOT)
    assert sorted(a.PatientID for a in roe) == ["Q0", "Q1", "Q2"]
    _, one = modality.find(query("PATIENT", PatientID="P1"), model=PATIENT_ROOT)
    assert [a.PatientID for a in one] == ["P1"]


def test_each_model_has_its_levels_and_keys(port: int) -> None:
    modality = Modality(port)
    sent = ct_instance(PatientID="P1")
    modality.store(sent)
    study = query("STUDY", StudyInstanceUID="")
    assert modality.find(study, model=PATIENT_ROOT) == (0xA900, [])
    assert modality.find(study, model=PATIENT_STUDY_ONLY) == (0xA900, [])
    study.PatientID = "P1"
    for model in (PATIENT_ROOT, PATIENT_STUDY_ONLY):
        _, found = modality.find(study, model=model)
        assert [a.StudyInstanceUID for a in found] == [sent.StudyInstanceUID]
    series = query("SERIES", PatientID="P1", StudyInstanceUID=sent.StudyInstanceUID, Modality="")
    assert len(modality.find(series, model=PATIENT_ROOT)[1]) == 1
    assert modality.find(series, model=PATIENT_STUDY_ONLY) == (0xA900, [])


def test_relational_queries_need_an_agreement_or_a_lenient_peer(port: int) -> None:
    modality = Modality(port)
    modality.store(ct_instance(), mr_instance())
    series = query("SERIES", SeriesInstanceUID="", Modality="MR")
    assert modality.find(series) == (0xA900, [])
    assert len(modality.find(series, extended=RELATIONAL)[1]) == 1
    old = Modality(port, ae_title="OLD")
    assert len(old.find(series)[1]) == 1
    assert len(old.find(query("PATIENT", PatientName=""))[1]) == 1
    image = query("IMAGE", SOPInstanceUID="", PatientName="DOE*", Modality="CT")
    assert len(modality.find(image, model=PATIENT_ROOT, extended=RELATIONAL)[1]) == 1


def test_what_is_asked_for_is_answered_byte_for_byte(port: int) -> None:
    assert answer_extended(b"\1\1\1\1\1\1\1\1") == b"\1\1\1\1\0\1\1"
    assert answer_extended(b"\1") == b"\1"
    asked = SOPClassExtendedNegotiation()
    asked.sop_class_uid, asked.service_class_application_information = STUDY_ROOT, b"\1\0\1\1\1"
    ae = AE(ae_title="CT1")
    ae.add_requested_context(STUDY_ROOT, ExplicitVRLittleEndian)
    association = ae.associate("127.0.0.1", port, ae_title="PACSHUB", ext_neg=[asked])
    answer = association.acceptor.sop_class_extended
    association.release()
    assert answer == {STUDY_ROOT: b"\1\0\1\1\0"}


def test_each_agreement_changes_how_keys_are_matched(port: int) -> None:
    modality = Modality(port)
    modality.store(
        ct_instance(StudyID="1", StudyTime="090000", AccessionNumber="A1"),
        ct_instance(StudyID="2", StudyDate="20260106", StudyTime="110000", AccessionNumber=""),
        ct_instance(StudyID="3", PatientName="Mayer^Jon", PatientID="P3", StudyDate="20250101"),
    )
    moment = query("STUDY", StudyID="", StudyDate="20260105-20260106", StudyTime="100000-120000")
    assert ids(modality.find(moment)) == ["2"]
    moment.StudyTime = "080000-100000"
    assert ids(modality.find(moment)) == ["1"]
    moment.StudyTime = "080000-113000"
    assert ids(modality.find(moment, extended=COMBINED)) == ["1", "2"]
    name = query("STUDY", StudyID="", PatientName="Maier^John")
    assert ids(modality.find(name)) == []
    assert ids(modality.find(name, extended=FUZZY)) == ["3"]
    empty = query("STUDY", StudyID="", AccessionNumber='""')
    assert ids(modality.find(empty)) == []
    assert ids(modality.find(empty, extended=EMPTY)) == ["2"]
    several = query("STUDY", StudyID="1\\3")
    assert ids(modality.find(several, extended=SEVERAL)) == ["1", "3"]
    zoned = query("STUDY", StudyID="", StudyDate="20260105", TimezoneOffsetFromUTC="+1500")
    assert modality.find(zoned, extended=ZONES) == (0xA900, [])
    zoned = query("STUDY", StudyID="", StudyDate="20260105", TimezoneOffsetFromUTC="-1200")
    assert ids(modality.find(zoned, extended=ZONES)) == ["2"]
    _, answers = modality.find(zoned, extended=ZONES)
    assert answers[0].TimezoneOffsetFromUTC == "+0000"


def test_sequences_are_matched_and_answered_with_what_was_asked(port: int) -> None:
    modality = Modality(port)
    modality.store(
        ct_instance(
            StudyID="1",
            RequestAttributesSequence=[
                item(RequestedProcedureID="RP1", ScheduledProcedureStepID="S1")
            ],
        ),
        ct_instance(StudyID="2"),
    )
    wanted = query(
        "SERIES",
        StudyID="",
        RequestAttributesSequence=[item(ScheduledProcedureStepID="S1")],
        NumberOfSeriesRelatedInstances="",
    )
    _, (found,) = modality.find(wanted, extended=RELATIONAL)
    (told,) = found.RequestAttributesSequence
    assert (told.ScheduledProcedureStepID, len(told)) == ("S1", 1)
    assert found.NumberOfSeriesRelatedInstances == 1
    wanted = query("SERIES", StudyID="1", RequestAttributesSequence=[])
    _, (found,) = modality.find(wanted, extended=RELATIONAL)
    assert found.RequestAttributesSequence[0].RequestedProcedureID == "RP1"


def test_names_are_asked_and_answered_in_the_characters_of_the_peer(port: int) -> None:
    modality = Modality(port)
    modality.store(
        ct_instance(PatientName="Müller^Jörg", PatientID="P1", StudyID="1"),
        ct_instance(
            SpecificCharacterSet="ISO_IR 192",
            PatientName="Yamada^Tarou=山田^太郎=やまだ^たろう",
            PatientID="P2",
            StudyID="2",
        ),
    )
    japanese = query("STUDY", StudyID="", PatientName="山田*")
    japanese.SpecificCharacterSet = ["", "ISO 2022 IR 87"]
    assert ids(modality.find(japanese)) == ["2"]
    both = query("STUDY", StudyID="", PatientName="yamada^*=山田^*")
    both.SpecificCharacterSet = "ISO_IR 192"
    _, (found,) = modality.find(both)
    assert found.PatientName == "Yamada^Tarou=山田^太郎=やまだ^たろう"
    assert found.SpecificCharacterSet == "ISO_IR 192"
    assert ids(modality.find(query("STUDY", StudyID="", PatientName="YAMADA^TAROU"))) == ["2"]
    latin = Modality(port, ae_title="LATIN")
    silent = query("STUDY", StudyID="", PatientName="")
    silent.add_new(0x00100010, "PN", "Müller^*".encode("latin-1"))
    _, (found,) = latin.find(silent)
    assert (found.SpecificCharacterSet, found.PatientName) == ("ISO_IR 100", "Müller^Jörg")


def test_a_verified_study_is_found_and_told_as_its_patient(port: int) -> None:
    modality = Modality(port)
    modality.store(ct_instance(PatientName="Wrong^Name", PatientID="W1", StudyID="1"))
    study = Study.objects.get()
    file_under(study_id=study.pk, patient=a_patient(), referrer_id="")
    wanted = query("STUDY", StudyID="", PatientName="DOE^JANE", PatientID="")
    _, (found,) = modality.find(wanted)
    assert (found.PatientID, found.PatientName) == ("P1", "DOE^JANE")
    assert ids(modality.find(query("STUDY", StudyID="", PatientName="Wrong*"))) == []
    assert ids(modality.find(query("STUDY", StudyID="", PatientID="W1"))) == []
    assert ids(modality.find(query("STUDY", StudyID="", PatientID="P1"))) == ["1"]


def test_what_is_not_known_comes_back_empty_and_says_so(port: int) -> None:
    sent = ct_instance()
    Modality(port).store(sent)
    bring_up_to_date(quiet_seconds=0)
    ae = AE(ae_title="CT1")
    ae.add_requested_context(STUDY_ROOT, ExplicitVRLittleEndian)
    association = ae.associate("127.0.0.1", port, ae_title="PACSHUB")
    asked = query("STUDY", StudyInstanceUID="", PatientComments="", SOPClassesInStudy="")
    with undisturbed(association):
        (status, answer), _ = association.send_c_find(asked, STUDY_ROOT)
    assert (status.Status, answer.PatientComments) == (0xFF01, "")
    assert answer.SOPClassesInStudy == sent.SOPClassUID
    asked = query("STUDY", StudyInstanceUID="", SOPClassesInStudy=[new_uid(), sent.SOPClassUID])
    with undisturbed(association):
        (status, answer), _ = association.send_c_find(asked, STUDY_ROOT)
    assert status.Status == 0xFF00
    association.release()


def test_an_answer_is_capped(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archive.dimse.find_scp.ROW_CAP", 3)
    modality = Modality(port)
    modality.store(*(ct_instance(StudyID=str(n)) for n in range(5)))
    assert len(ids(modality.find(query("STUDY", StudyID="")))) == 3


def test_a_long_answer_is_cancelled_between_rows(port: int) -> None:
    modality = Modality(port)
    modality.store(*(ct_instance(StudyID=str(n)) for n in range(30)))
    ae = AE(ae_title="CT1")
    ae.add_requested_context(STUDY_ROOT, ExplicitVRLittleEndian)
    association = ae.associate("127.0.0.1", port, ae_title="PACSHUB")
    with undisturbed(association):
        answers = association.send_c_find(query("STUDY", StudyID=""), STUDY_ROOT, msg_id=7)
        next(answers)
        association.send_c_cancel(7, association.accepted_contexts[0].context_id)
        last = [status.Status for status, _ in answers][-1]
    assert last in {0xFE00, 0x0000}  # everything may have been on its way
    assert association.is_established
    association.release()


def test_findscu_gets_its_answers(port: int) -> None:
    Modality(port).store(ct_instance(PatientID="P1", AccessionNumber="A77"))
    command = [program("findscu"), "-S", "-aet", "CT1", "-aec", "PACSHUB", "127.0.0.1", str(port)]
    keys = ["-k", "QueryRetrieveLevel=STUDY", "-k", "PatientID=P1", "-k", "AccessionNumber"]
    done = subprocess.run([*command, *keys], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    assert "[A77 ]" in done.stdout + done.stderr
