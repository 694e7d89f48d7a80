"""What becomes of attributes, and what of the same patient stays together."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import Dataset, dcmread
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from archive.dicom import deidentification_table as table
from archive.dicom.deidentification import Action, Profile, action_of, deidentified, is_sealed
from archive.dicom.elements import Encoding
from archive.dicom.recoding import element_head
from archive.dicom.rewriting import look_at
from archive.dicom.segment_file import open_segments
from archive.dicom.segments import Piece, length_of, read
from tests.support.datasets import ct_instance, part10

PROFILE = Profile(key=b"key")
SHIFTED = Profile(key=b"key", retain=frozenset({"modified-dates"}))
NOBODY: frozenset[str] = frozenset()


def done(dataset: Dataset, profile: Profile = PROFILE, syntax: str = ExplicitVRLittleEndian) -> Any:
    """Return the data set after the profile, read again."""
    content = part10(dataset, transfer_syntax_uid=syntax)
    start = len(content) - len(content.split(b"DICM", 1)[1]) + 12
    start += int.from_bytes(content[140:144], "little")
    file = io.BytesIO(content)
    source = look_at(file, start=start, stop=len(content), transfer_syntax_uid=syntax)
    body = b"".join(read(deidentified(source, profile)))
    return dcmread(io.BytesIO(content[:start] + body))


@pytest.mark.parametrize(
    ("keyword", "action"),
    [
        ("PatientName", Action.EMPTY),
        ("PatientID", Action.DUMMY),
        ("PatientBirthDate", Action.EMPTY),
        ("AccessionNumber", Action.EMPTY),
        ("StudyDate", Action.EMPTY),
        ("InstitutionName", Action.DUMMY),
        ("StationName", Action.DUMMY),
        ("StudyDescription", Action.REMOVE),
        ("OriginalAttributesSequence", Action.REMOVE),
        ("IconImageSequence", Action.REMOVE),
        ("SOPInstanceUID", Action.UID),
        ("FrameOfReferenceUID", Action.UID),
        ("ReferencedSOPInstanceUID", Action.UID),
        ("SOPClassUID", Action.KEEP),
        ("ReferencedSOPClassUID", Action.KEEP),
        ("CodingSchemeUID", Action.KEEP),
        ("Modality", Action.KEEP),
        ("PixelData", Action.KEEP),
        ("PixelSpacing", Action.KEEP),
        ("TextValue", Action.DUMMY),
    ],
)
def test_the_table_says_what_becomes_of_an_attribute(keyword: str, action: Action) -> None:
    tag = int(tag_for_keyword(keyword) or 0)
    assert action_of(tag, dictionary_VR(tag), NOBODY) is action


@pytest.mark.parametrize("tag", [0x00091001, 0x00090010, 0x00080000, 0x60003000, 0x50000010])
def test_what_is_private_retired_or_drawn_over_goes(tag: int) -> None:
    assert action_of(tag, "LO", NOBODY) is Action.REMOVE


def test_a_keyword_has_one_action_and_is_known() -> None:
    groups = [table.REMOVED, table.EMPTY, table.DUMMY, table.UIDS, table.ITEMS]
    assert sum(map(len, groups)) == len(frozenset().union(*groups)) > 600
    for keyword in frozenset().union(*groups, table.DEVICE_IDENTITY):
        assert tag_for_keyword(keyword), keyword


def test_nobody_is_named_and_it_says_so() -> None:
    image = ct_instance(OperatorsName="Op^Eve", StudyComments="Jane", BodyPartExamined="HEAD")
    image.add_new(0x00091001, "LO", "Doe")
    got = done(image)
    assert got.PatientID == got.PatientName == PROFILE.pseudonym("GH|P100")
    for keyword in ("StudyComments", "StudyDescription", "IssuerOfPatientID"):
        assert keyword not in got
    assert got.StudyDate == got.PatientBirthDate == got.AccessionNumber == ""
    assert 0x00091001 not in got
    assert got.BodyPartExamined == "HEAD"
    assert got.PixelData == image.PixelData
    assert got.PatientIdentityRemoved == "YES"
    assert got.LongitudinalTemporalInformationModified == "REMOVED"
    assert [c.CodeValue for c in got.DeidentificationMethodCodeSequence] == ["113100"]


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_it_is_the_same_in_every_encoding(syntax: str) -> None:
    image = ct_instance()
    one, other = done(image), done(image, syntax=syntax)
    assert {e.tag for e in one} == {e.tag for e in other}
    assert one.SOPInstanceUID == other.SOPInstanceUID
    assert one.PatientID == other.PatientID


def test_series_stay_together_and_references_hold() -> None:
    first = ct_instance()
    second = ct_instance(
        StudyInstanceUID=first.StudyInstanceUID, SeriesInstanceUID=first.SeriesInstanceUID
    )
    item = Dataset()
    item.ReferencedSOPClassUID = first.SOPClassUID
    item.ReferencedSOPInstanceUID = first.SOPInstanceUID
    item.PurposeOfReferenceCodeSequence = []
    second.SourceImageSequence = [item]
    one, two = done(first), done(second)
    assert one.StudyInstanceUID == two.StudyInstanceUID != first.StudyInstanceUID
    assert one.SeriesInstanceUID == two.SeriesInstanceUID
    reference = two.SourceImageSequence[0]
    assert reference.ReferencedSOPInstanceUID == one.SOPInstanceUID
    assert reference.ReferencedSOPClassUID == first.SOPClassUID
    other = done(first, Profile(key=b"another"))
    assert other.SOPInstanceUID != one.SOPInstanceUID


def test_dates_of_a_patient_move_together() -> None:
    image = ct_instance(StudyDate="20260105", AcquisitionDateTime="20260106101500.5")
    got = done(image, SHIFTED)
    days = SHIFTED.shift("GH|P100")
    assert -1825 < days.days <= -30
    assert got.StudyDate != "20260105"
    assert int(got.AcquisitionDateTime[:8]) - int(got.StudyDate) in {1, 70, 73, 8870}
    assert got.AcquisitionDateTime.endswith("101500.5")
    assert got.StudyTime == "101500"
    assert got.PatientBirthDate == ""
    assert got.LongitudinalTemporalInformationModified == "MODIFIED"
    assert {c.CodeValue for c in got.DeidentificationMethodCodeSequence} == {"113100", "113107"}


def test_options_keep_what_they_name() -> None:
    image = ct_instance(PatientAge="056Y", PatientWeight="70", DeviceSerialNumber="S77")
    plain = done(image)
    assert "PatientAge" not in plain
    assert plain.PatientSex == ""
    kept = done(image, Profile(key=b"k", retain=frozenset({"patient-characteristics"})))
    assert (kept.PatientAge, kept.PatientSex, kept.PatientWeight) == ("056Y", "F", 70)
    device = done(image, Profile(key=b"k", retain=frozenset({"device-identity"})))
    assert (device.DeviceSerialNumber, device.StationName) == ("S77", "CT1")
    assert device.PatientSex == ""


def test_what_we_did_before_is_known_to_us_alone() -> None:
    content = part10(done(ct_instance()))
    start = 144 + int.from_bytes(content[140:144], "little")
    source = look_at(
        io.BytesIO(content),
        start=start,
        stop=len(content),
        transfer_syntax_uid=ExplicitVRLittleEndian,
    )
    assert is_sealed(source, PROFILE)
    assert not is_sealed(source, Profile(key=b"another"))


def test_items_behind_an_unknown_vr_are_not_let_through() -> None:
    tag = int(tag_for_keyword("AnatomicRegionSequence") or 0)
    little = Encoding(implicit=False)
    content = element_head(tag, "UN", 8, little) + b"\xfe\xff\x00\xe0\x00\x00\x00\x00"
    source = look_at(
        io.BytesIO(content),
        start=0,
        stop=len(content),
        transfer_syntax_uid=ExplicitVRLittleEndian,
    )
    body = b"".join(read(deidentified(source, PROFILE)))
    assert b"\x08\x00\x18\x22" not in body
    assert b"YES" in body


@given(st.data())
def test_segments_read_like_a_file(data: st.DataObject) -> None:
    whole = bytes(range(256)) * 2
    file = io.BytesIO(whole)
    pieces = data.draw(
        st.lists(
            st.one_of(
                st.binary(max_size=9),
                st.builds(
                    lambda at, words, word: Piece(file, at, words * word, word),
                    st.integers(0, 99),
                    st.integers(0, 9),
                    st.sampled_from([1, 2, 4, 8]),
                ),
            ),
            max_size=6,
        )
    )
    expected = b"".join(read(pieces))
    opened = open_segments(pieces)
    assert len(expected) == length_of(pieces)
    at = data.draw(st.integers(0, len(expected)))
    size = data.draw(st.integers(0, len(expected)))
    opened.seek(at)
    assert opened.read(size) == expected[at : at + size]
    opened.seek(0)
    assert opened.read() == expected
