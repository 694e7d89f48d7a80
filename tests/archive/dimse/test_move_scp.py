"""C-MOVE through the door, to destinations that take, refuse, break off and are not there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydicom import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import Association
from pynetdicom.sop_class import (
    CTImageStorage,
    MRImageStorage,
    PatientRootQueryRetrieveInformationModelMove,
    PatientStudyOnlyQueryRetrieveInformationModelMove,
    StudyRootQueryRetrieveInformationModelMove,
)
from pytest_django import Settings

from archive.dicom.encoding import decode
from pacs_hub.audit.models import AuditRow
from tests.support.datasets import ct_instance, mr_instance, new_uid
from tests.support.dicom_door import dicom_peer, open_door
from tests.support.peers.archive import OtherArchive, other_archive
from tests.support.peers.modality import Modality
from tests.support.peers.retriever import Retriever, wish
from tests.support.ports import free_ports

pytestmark = pytest.mark.django_db(transaction=True)

PATIENT_ROOT = PatientRootQueryRetrieveInformationModelMove
STUDY_ROOT = StudyRootQueryRetrieveInformationModelMove
BOTH = {CTImageStorage: (ExplicitVRLittleEndian,), MRImageStorage: (ExplicitVRLittleEndian,)}


def destination(other: OtherArchive, **changes: Any) -> dict[str, object]:
    """Return the site file's row of another archive."""
    return dicom_peer(other.ae_title, host="127.0.0.1", port=other.port, **changes)


def a_study(count: int = 3, **changes: Any) -> list[Dataset]:
    """Return CT instances of one series."""
    study, series = new_uid(), new_uid()
    names = {"StudyInstanceUID": study, "SeriesInstanceUID": series}
    return [ct_instance(InstanceNumber=str(n + 1), **{**names, **changes}) for n in range(count)]


def uids(objects: list[Dataset]) -> list[str]:
    """Return SOP Instance UIDs."""
    return [str(ds.SOPInstanceUID) for ds in objects]


def test_a_study_arrives_in_order_with_its_originator(settings: Settings, tmp_path: Path) -> None:
    sent = a_study()
    with (
        other_archive() as other,
        open_door(settings, tmp_path, dicom_peer(), destination(other)) as port,
    ):
        Modality(port).store(*reversed(sent))
        moved = Retriever(port).move(wish("STUDY", StudyInstanceUID=sent[0].StudyInstanceUID))
    assert (moved.status, moved.counts, moved.failed) == (0x0000, (3, 0, 0), [])
    assert other.uids == uids(sent)
    assert other.associations == 1
    assert {(one.originator, one.originator_message_id) for one in other.received} == {("CT1", 7)}
    arrived = decode(other.received[0].data_set, transfer_syntax=ExplicitVRLittleEndian)
    assert arrived.PixelData == sent[0].PixelData
    assert arrived.PatientName == sent[0].PatientName


def test_each_level_of_each_model_selects(settings: Settings, tmp_path: Path) -> None:
    one, two = a_study(2, PatientID="P1"), a_study(1, PatientID="P1")
    third = [ct_instance(PatientID="P1", StudyInstanceUID=one[0].StudyInstanceUID)]
    foreign = a_study(1, PatientID="P2")
    study, series = str(one[0].StudyInstanceUID), str(one[0].SeriesInstanceUID)
    both = [study, str(two[0].StudyInstanceUID)]
    model = PatientStudyOnlyQueryRetrieveInformationModelMove
    cases: list[tuple[str, Dataset, list[Dataset]]] = [
        (PATIENT_ROOT, wish("PATIENT", PatientID="P1"), one + two + third),
        (PATIENT_ROOT, wish("STUDY", PatientID="P1", StudyInstanceUID=study), one + third),
        (model, wish("PATIENT", PatientID="P1"), one + two + third),
        (model, wish("STUDY", PatientID="P1", StudyInstanceUID=study), one + third),
        (STUDY_ROOT, wish("STUDY", StudyInstanceUID=both), one + two + third),
        (STUDY_ROOT, wish("SERIES", StudyInstanceUID=study, SeriesInstanceUID=series), one),
        (
            STUDY_ROOT,
            wish(
                "IMAGE",
                StudyInstanceUID=study,
                SeriesInstanceUID=series,
                SOPInstanceUID=[one[1].SOPInstanceUID, new_uid()],
            ),
            one[1:],
        ),
        (PATIENT_ROOT, wish("STUDY", PatientID="P2", StudyInstanceUID=study), []),
        (STUDY_ROOT, wish("STUDY", StudyInstanceUID=new_uid()), []),
        (PATIENT_ROOT, wish("PATIENT", PatientID="P*"), []),
    ]
    with (
        other_archive() as other,
        open_door(settings, tmp_path, dicom_peer(), destination(other)) as port,
    ):
        Modality(port).store(*one, *two, *third, *foreign)
        for model, identifier, wanted in cases:
            other.received.clear()
            moved = Retriever(port).move(identifier, model=model)
            assert (moved.status, moved.counts) == (0x0000, (len(wanted), 0, 0)), identifier
            assert sorted(other.uids) == sorted(uids(wanted)), identifier


@pytest.mark.parametrize(
    ("model", "bad"),
    [
        (STUDY_ROOT, wish("PATIENT", PatientID="P1")),
        (STUDY_ROOT, wish("", StudyInstanceUID="1.2.3")),
        (STUDY_ROOT, wish("STUDY")),
        (STUDY_ROOT, wish("STUDY", StudyInstanceUID="")),
        (STUDY_ROOT, wish("SERIES", SeriesInstanceUID="1.2.3")),
        (STUDY_ROOT, wish("SERIES", StudyInstanceUID=["1.2", "1.3"], SeriesInstanceUID="1.2.3")),
        (STUDY_ROOT, wish("IMAGE", StudyInstanceUID="1.2", SOPInstanceUID="1.2.3")),
        (PATIENT_ROOT, wish("STUDY", StudyInstanceUID="1.2.3")),
        (PATIENT_ROOT, wish("PATIENT", PatientID=["P1", "P2"])),
        (PatientStudyOnlyQueryRetrieveInformationModelMove, wish("SERIES", PatientID="P1")),
    ],
)
def test_an_identifier_that_is_not_one_is_refused(
    settings: Settings, tmp_path: Path, model: str, bad: Dataset
) -> None:
    with (
        other_archive() as other,
        open_door(settings, tmp_path, dicom_peer(), destination(other)) as port,
    ):
        assert Retriever(port).move(bad, model=model).status == 0xA900


def test_a_lenient_peer_may_leave_the_patient_out(settings: Settings, tmp_path: Path) -> None:
    sent = a_study(1)
    lenient = dicom_peer(options={"lenient_hierarchy": True})
    with (
        other_archive() as other,
        open_door(settings, tmp_path, lenient, destination(other)) as port,
    ):
        Modality(port).store(*sent)
        named = wish("STUDY", StudyInstanceUID=sent[0].StudyInstanceUID)
        assert Retriever(port).move(named, model=PATIENT_ROOT).counts == (1, 0, 0)


def test_only_destinations_that_are_known_and_allowed_get_anything(
    settings: Settings, tmp_path: Path
) -> None:
    sent = a_study(1)
    named = wish("STUDY", StudyInstanceUID=sent[0].StudyInstanceUID)
    bound = dicom_peer("WS1", options={"move_to": ["WS2"]})
    with (
        other_archive() as other,
        open_door(settings, tmp_path, dicom_peer(), bound, destination(other)) as port,
    ):
        Modality(port).store(*sent)
        assert Retriever(port).move(named, to="NOBODY").status == 0xA801
        assert Retriever(port).move(named, to="WS1").status == 0xA801  # has no host and port
        assert Retriever(port, ae_title="WS1").move(named).status == 0x0124
    assert other.received == []


def test_a_destination_that_is_away_or_refuses_us_fails_all(
    settings: Settings, tmp_path: Path
) -> None:
    sent = a_study(2)
    named = wish("STUDY", StudyInstanceUID=sent[0].StudyInstanceUID)
    [nobody] = free_ports(1)
    with other_archive() as other:
        away = dicom_peer("AWAY", host="127.0.0.1", port=nobody)
        stranger = dicom_peer("STRANGER", host="127.0.0.1", port=other.port)
        with open_door(settings, tmp_path, dicom_peer(), away, stranger) as port:
            Modality(port).store(*sent)
            for title in ("AWAY", "STRANGER"):
                moved = Retriever(port).move(named, to=title)
                assert (moved.status, moved.counts) == (0xA702, (0, 2, 0))
                assert moved.failed == uids(sent)


def test_what_some_objects_meet_is_counted_and_named(settings: Settings, tmp_path: Path) -> None:
    sent = a_study(4)
    statuses: list[int | str] = [0, 0xB007, 0xC000, 0xA700, 0xA700]
    with (
        other_archive(statuses=statuses) as other,
        open_door(settings, tmp_path, dicom_peer(), destination(other)) as port,
    ):
        Modality(port).store(*sent)
        moved = Retriever(port).move(wish("STUDY", StudyInstanceUID=sent[0].StudyInstanceUID))
    assert (moved.status, moved.counts) == (0xB000, (1, 2, 1))
    assert moved.failed == uids(sent)[2:]


def test_an_object_that_breaks_its_association_harms_no_other(
    settings: Settings, tmp_path: Path
) -> None:
    sent = a_study(3)
    with (
        other_archive(statuses=[0, "abort", "abort", "abort"]) as other,
        open_door(settings, tmp_path, dicom_peer(), destination(other)) as port,
    ):
        Modality(port).store(*sent)
        moved = Retriever(port).move(wish("STUDY", StudyInstanceUID=sent[0].StudyInstanceUID))
    assert (moved.status, moved.counts) == (0xB000, (2, 1, 0))
    assert moved.failed == [sent[1].SOPInstanceUID]


def test_a_class_the_destination_does_not_take_fails(settings: Settings, tmp_path: Path) -> None:
    ct = a_study(1)
    mr = mr_instance(StudyInstanceUID=ct[0].StudyInstanceUID)
    named = wish("STUDY", StudyInstanceUID=ct[0].StudyInstanceUID)
    with other_archive(BOTH) as both, other_archive(ae_title="CTONLY") as ct_only:
        peers = (dicom_peer(), destination(both), destination(ct_only))
        with open_door(settings, tmp_path, *peers) as port:
            Modality(port).store(*ct, mr)
            assert Retriever(port).move(named).counts == (2, 0, 0)
            moved = Retriever(port).move(named, to="CTONLY")
    assert (moved.status, moved.counts) == (0xB000, (1, 1, 0))
    assert moved.failed == [mr.SOPInstanceUID]


def test_a_destination_gets_what_it_can_read(settings: Settings, tmp_path: Path) -> None:
    sent = a_study(1)
    with (
        other_archive({CTImageStorage: (ImplicitVRLittleEndian,)}) as other,
        open_door(settings, tmp_path, dicom_peer(), destination(other)) as port,
    ):
        Modality(port).store(*sent)
        moved = Retriever(port).move(wish("STUDY", StudyInstanceUID=sent[0].StudyInstanceUID))
    assert moved.counts == (1, 0, 0)
    [got] = other.received
    assert got.transfer_syntax == ImplicitVRLittleEndian
    arrived = decode(got.data_set, transfer_syntax=ImplicitVRLittleEndian)
    assert arrived.PixelData == sent[0].PixelData


def test_a_slow_move_tells_how_far_it_is_and_can_be_cancelled(
    settings: Settings, tmp_path: Path
) -> None:
    sent = a_study(6)

    def cancel(association: Association) -> None:
        association.send_c_cancel(7, None, STUDY_ROOT)

    with (
        other_archive(slow=0.6) as other,
        open_door(settings, tmp_path, dicom_peer(), destination(other)) as port,
    ):
        Modality(port).store(*sent)
        named = wish("STUDY", StudyInstanceUID=sent[0].StudyInstanceUID)
        moved = Retriever(port).move(named, after=cancel)
        pending = moved.responses[0]
        assert pending.Status == 0xFF00
        assert pending.NumberOfRemainingSuboperations + pending.NumberOfCompletedSuboperations == 6
        assert moved.status == 0xFE00
        last = moved.responses[-1]
        assert last.NumberOfRemainingSuboperations + last.NumberOfCompletedSuboperations == 6
        assert 1 <= last.NumberOfCompletedSuboperations < 6
        other.slow = 0.0
        assert Retriever(port).move(named).counts == (6, 0, 0)


def test_one_audit_row_for_each_study_and_association(settings: Settings, tmp_path: Path) -> None:
    one, two = a_study(2), a_study(1)
    both = [one[0].StudyInstanceUID, two[0].StudyInstanceUID]
    with (
        other_archive() as other,
        open_door(settings, tmp_path, dicom_peer(), destination(other)) as port,
    ):
        Modality(port).store(*one, *two)
        Retriever(port).move(wish("STUDY", StudyInstanceUID=both))
    rows = AuditRow.objects.filter(action="export").order_by("pk")
    assert [(row.object_id, row.actor, row.detail) for row in rows] == [
        (uid, "CT1", "to OTHER") for uid in both
    ]
    assert all(row.patient_id for row in rows)


def test_a_caller_without_the_right_has_no_context(settings: Settings, tmp_path: Path) -> None:
    with open_door(settings, tmp_path, dicom_peer(may=["store", "get"])) as port:
        association = Modality(port).associate([(STUDY_ROOT, [ExplicitVRLittleEndian])])
        assert association.rejected_contexts[0].result == 1
