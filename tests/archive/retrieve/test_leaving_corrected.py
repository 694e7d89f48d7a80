"""What leaves of a corrected study: objects, metadata and finds say the same."""

from __future__ import annotations

import io
import json
from datetime import date
from typing import Any

import pydicom
import pytest
from pydicom import Dataset

from archive.corrections.queries import identity_of, overlay_stamp
from archive.corrections.services import correct_study, withdraw
from archive.dicom.json_model import text_value
from archive.models import Instance, Patient, Series, Study
from archive.patients.models import PatientState
from archive.patients.rules import Identifier
from archive.retrieve.leaving import leave
from archive.retrieve.metadata import instance_metadata, series_metadata
from archive.storage.filesystem import FilesystemArea
from archive.store.services import file_under
from pacs_hub.kernel.origin import Origin
from tests.support.builders import a_patient
from tests.support.datasets import ct_instance, ct_series, part10
from tests.support.stored import settle, store, store_bytes

pytestmark = pytest.mark.django_db

ORIGIN = Origin.over_http(user="ana")
EXPLICIT, IMPLICIT = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2"
BIG, DEFLATED = "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"
RLE, JPEG_LS, J2K = "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90"


def anna(**over: Any) -> Any:
    """Register another person than the one in the objects."""
    facts = {
        "identifiers": (Identifier(value="P7", issuer="GH"),),
        "name": "Roe^Anna",
        "birth_date": date(1980, 2, 3),
        "sex": "F",
    }
    return a_patient(**(facts | over))


def file(row: Instance, patient: Any) -> Instance:
    """File the study under a patient, and return the row as a door gets it."""
    file_under(study_id=row.study_id, patient=patient, referrer_id="")
    return fresh(row)


def fresh(row: Instance) -> Instance:
    """Return the row as it is now."""
    return Instance.objects.select_related("study", "series").get(pk=row.pk)


def left(row: Instance, area: FilesystemArea, *accepted: str) -> bytes:
    """Return the file that leaves."""
    with leave(row, area=area, accepted=accepted or None) as leaving:
        content = b"".join(leaving.part10())
        assert leaving.length in {None, len(content)}
        return content


def read(content: bytes) -> Dataset:
    """Read a file."""
    return pydicom.dcmread(io.BytesIO(content))


@pytest.mark.parametrize("stored", [EXPLICIT, IMPLICIT, BIG, DEFLATED, RLE, JPEG_LS, J2K])
@pytest.mark.parametrize("sent", ["", EXPLICIT, IMPLICIT, BIG, DEFLATED, J2K])
def test_the_patient_leaves_as_the_master_has_them(
    area: FilesystemArea, stored: str, sent: str
) -> None:
    dataset = ct_instance()
    (row,) = store(dataset, area=area, transfer_syntax_uid=stored)
    row = file(row, anna())
    made = read(left(row, area, *([sent] if sent else [])))
    assert made.file_meta.TransferSyntaxUID == (sent or stored)
    assert (made.PatientName, made.PatientID, made.PatientBirthDate) == (
        "Roe^Anna",
        "P7",
        "19800203",
    )
    (item,) = made.OriginalAttributesSequence
    assert item.ReasonForTheAttributeModification == "COERCE"
    assert (item.ModifyingSystem, item.SourceOfPreviousValues) == ("PACS hub", "CT1")
    assert item.AttributeModificationDateTime.endswith("+0000")
    (before,) = item.ModifiedAttributesSequence
    assert (before.PatientName, before.PatientID) == ("Doe^Jane", "P100")
    assert before.IssuerOfPatientID == "GH"
    assert (made.pixel_array == read(part10(dataset)).pixel_array).all()


def test_an_object_that_says_the_same_leaves_byte_for_byte(area: FilesystemArea) -> None:
    content = part10(ct_instance(PatientName="DOE^JANE^^", IssuerOfPatientID=None))
    row = store_bytes(content, area=area, transfer_syntax_uid=EXPLICIT)
    master = a_patient(
        identifiers=(Identifier(value="P100", issuer="GH"),),
        name="Doe^Jane",
        birth_date=date(1970, 1, 1),
        sex="F",
    )
    assert left(file(row, master), area) == content


def test_a_header_that_agrees_with_a_registered_patient_needs_no_link(
    area: FilesystemArea,
) -> None:
    (row,) = store(ct_instance(PatientSex="O"), area=area)
    assert "OriginalAttributesSequence" not in read(left(fresh(row), area))
    a_patient(
        identifiers=(Identifier(value="P100", issuer="GH"),),
        name="Doe^Jane",
        birth_date=date(1970, 1, 1),
        sex="F",
    )
    assert read(left(fresh(row), area)).PatientSex == "F"


def test_after_a_merge_objects_leave_under_the_survivor(area: FilesystemArea) -> None:
    (row,) = store(ct_instance(), area=area)
    lost = a_patient(
        identifiers=(Identifier(value="P100", issuer="GH"),),
        name="Doe^Jane",
        birth_date=date(1970, 1, 1),
    )
    survivor = anna(name="Doe^Jane", birth_date=date(1970, 1, 1))
    Patient.objects.filter(pk=lost.pk).update(state=PatientState.MERGED, survivor=survivor)
    made = read(left(fresh(row), area))
    assert (made.PatientID, made.PatientName) == ("P7", "Doe^Jane")


@pytest.mark.parametrize(
    ("charset", "said", "wanted"),
    [
        ("ISO_IR 100", "Ferrer^Ruñé", "ISO_IR 192"),
        (None, "Plain^Name", "ISO_IR 192"),
        ("ISO_IR 192", "Łuk^Æ", "ISO_IR 192"),
        (["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎", "ISO_IR 192"),
    ],
)
def test_text_becomes_unicode_where_a_new_name_needs_it(
    area: FilesystemArea, charset: Any, said: str, wanted: str
) -> None:
    nested = Dataset()
    nested.RequestedProcedureDescription = said.replace("^", " ").replace("=", " ")
    dataset = ct_instance(
        SpecificCharacterSet=charset,
        ReferringPhysicianName=said,
        RequestAttributesSequence=[nested],
    )
    (row,) = store(dataset, area=area)
    made = read(left(file(row, anna(name="Łukasiewicz^Zoë")), area))
    assert made.SpecificCharacterSet == wanted
    assert (made.PatientName, made.ReferringPhysicianName) == ("Łukasiewicz^Zoë", said)
    inside = made.RequestAttributesSequence[0].RequestedProcedureDescription
    assert inside == nested.RequestedProcedureDescription


def test_a_character_set_that_can_say_the_name_stays(area: FilesystemArea) -> None:
    (row,) = store(ct_instance(), area=area)
    made = read(left(file(row, anna(name="Rœ^Zoé".replace("œ", "ö"))), area))
    assert (made.SpecificCharacterSet, made.PatientName) == ("ISO_IR 100", "Rö^Zoé")


def test_originals_of_others_stay_in_front(area: FilesystemArea) -> None:
    earlier = Dataset()
    earlier.ModifyingSystem, earlier.SourceOfPreviousValues = "ELSEWHERE", ""
    (row,) = store(ct_instance(OriginalAttributesSequence=[earlier]), area=area)
    row = file(row, anna())
    correct_study(
        study_id=row.study_id,
        attributes={"00080050": text_value("SH", ["A-9"])},
        reason="CORRECT",
        source="ana",
        origin=ORIGIN,
    )
    made = read(left(fresh(row), area))
    systems = [item.ModifyingSystem for item in made.OriginalAttributesSequence]
    assert systems == ["ELSEWHERE", "PACS hub", "PACS hub"]
    assert (
        made.OriginalAttributesSequence[2].ModifiedAttributesSequence[0].AccessionNumber == "A100"
    )


def test_metadata_objects_and_finds_say_the_same(area: FilesystemArea) -> None:
    rows = store(*ct_series(2), area=area)
    settle()
    series = Series.objects.select_related("study").get()
    as_received = json.loads(series_metadata(series, area=area, base_url="http://x"))
    assert as_received[0]["00100020"]["Value"] == ["P100"]
    row = file(rows[0], anna())
    correction = correct_study(
        study_id=row.study_id,
        attributes={"00080090": text_value("PN", ["Vidal^Pau"])},
        reason="CORRECT",
        source="ana",
        origin=ORIGIN,
    )
    made = read(left(fresh(row), area))
    series = Series.objects.select_related("study").get()
    for _ in range(2):  # made, then kept
        said = json.loads(series_metadata(series, area=area, base_url="http://x"))
        found = json.loads(instance_metadata([fresh(row)], area=area, base_url="http://x"))
        assert said[0] == found[0]
        ours = {key: value for key, value in made.to_json_dict().items() if key != "7FE00010"}
        for tag in ("00100010", "00100020", "00100030", "00080090", "00080015", "04000561"):
            assert said[0][tag] == ours[tag]
    study = Study.objects.get()
    assert (identity_of(study).patient_id, study.referring_physician_name) == ("P7", "Vidal^Pau")
    withdraw(correction_id=correction.pk, origin=ORIGIN)
    series = Series.objects.select_related("study").get()
    again = json.loads(series_metadata(series, area=area, base_url="http://x"))
    assert again[0]["00080090"] == as_received[0]["00080090"]


def test_without_the_overlay_it_leaves_as_it_came(area: FilesystemArea) -> None:
    content = part10(ct_instance())
    row = store_bytes(content, area=area, transfer_syntax_uid=EXPLICIT)
    row = file(row, anna())
    with leave(row, area=area, overlay=False) as leaving:
        assert b"".join(leaving.part10()) == content


def test_corrected_bytes_are_the_same_each_time(area: FilesystemArea) -> None:
    (row,) = store(ct_instance(), area=area)
    row = file(row, anna())
    assert left(row, area) == left(fresh(row), area)


def test_a_caller_who_has_it_gets_it_again_when_the_patient_was_changed(
    area: FilesystemArea,
) -> None:
    (row,) = store(ct_instance(), area=area)
    row = file(row, anna())
    before = overlay_stamp(row.study)
    assert overlay_stamp(fresh(row).study) == before
    anna(sex="O")
    assert overlay_stamp(fresh(row).study) != before
