"""C-GET through the door: back on the caller's own association, in the contexts it performs."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEG2000Lossless
from pynetdicom import evt
from pynetdicom.sop_class import (
    CTImageStorage,
    MRImageStorage,
    PatientRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelGet,
)
from pytest_django import Settings

from archive.models import Instance
from pacs_hub.audit.models import AuditRow
from tests.archive.dimse.test_move_scp import a_study, uids
from tests.support.datasets import ct_instance, mr_instance, new_uid
from tests.support.dicom_door import dicom_peer, open_door
from tests.support.peers.modality import Modality
from tests.support.peers.raw_dicom import ACCEPT, RawPeer, associate_rq, extended_item, role_item
from tests.support.peers.retriever import Retriever, wish

pytestmark = pytest.mark.django_db(transaction=True)

GET = StudyRootQueryRetrieveInformationModelGet


def test_a_study_comes_back_as_it_was_sent(settings: Settings, tmp_path: Path) -> None:
    sent = a_study(3)
    with open_door(settings, tmp_path) as port:
        Modality(port).store(*sent)
        got = Retriever(port).get(wish("STUDY", StudyInstanceUID=sent[0].StudyInstanceUID))
    assert (got.status, got.counts, got.failed) == (0x0000, (3, 0, 0), [])
    assert uids(got.objects) == uids(sent)
    assert [ds.PixelData for ds in got.objects] == [ds.PixelData for ds in sent]
    assert AuditRow.objects.get(action="export").detail == "to CT1"


def test_each_level_selects(settings: Settings, tmp_path: Path) -> None:
    one, two = a_study(2, PatientID="P1"), a_study(1, PatientID="P1")
    names = {
        "StudyInstanceUID": one[0].StudyInstanceUID,
        "SeriesInstanceUID": one[0].SeriesInstanceUID,
    }
    patient_root = PatientRootQueryRetrieveInformationModelGet
    with open_door(settings, tmp_path) as port:
        Modality(port).store(*one, *two)
        retriever = Retriever(port)
        assert retriever.get(wish("PATIENT", PatientID="P1"), model=patient_root).counts[0] == 3
        assert retriever.get(wish("SERIES", **names)).counts[0] == 2
        image = wish("IMAGE", **names, SOPInstanceUID=one[1].SOPInstanceUID)
        assert uids(retriever.get(image).objects) == uids(one[1:])
        assert retriever.get(wish("STUDY", StudyInstanceUID=new_uid())).status == 0x0000
        assert retriever.get(wish("PATIENT", PatientID="P1")).status == 0xA900


def test_what_the_caller_has_no_context_for_fails(settings: Settings, tmp_path: Path) -> None:
    ct = a_study(2)
    mr = mr_instance(StudyInstanceUID=ct[0].StudyInstanceUID)
    named = wish("STUDY", StudyInstanceUID=ct[0].StudyInstanceUID)
    with open_door(settings, tmp_path) as port:
        Modality(port).store(*ct, mr)
        partial = Retriever(port).get(named)
        nothing = Retriever(port).get(named, takes=[])
        whole = Retriever(port).get(named, takes=[CTImageStorage, MRImageStorage])
    assert (partial.status, partial.counts, partial.failed) == (
        0xB000,
        (2, 1, 0),
        [mr.SOPInstanceUID],
    )
    assert (nothing.status, nothing.counts) == (0xA702, (0, 3, 0))
    assert (whole.status, whole.counts) == (0x0000, (3, 0, 0))


def test_statuses_of_the_caller_are_counted(settings: Settings, tmp_path: Path) -> None:
    sent = a_study(3)
    statuses = iter([0, 0xB006, 0xA700])
    with open_door(settings, tmp_path) as port:
        Modality(port).store(*sent)
        got = Retriever(port).get(
            wish("STUDY", StudyInstanceUID=sent[0].StudyInstanceUID),
            on_store=lambda _: next(statuses),
        )
    assert (got.status, got.counts, got.failed) == (0xB000, (1, 1, 1), uids(sent)[2:])


def test_a_get_is_cancelled_between_two_objects(settings: Settings, tmp_path: Path) -> None:
    sent = a_study(5)

    def cancel(event: evt.Event) -> int:
        event.assoc.send_c_cancel(9, None, GET)
        return 0

    with open_door(settings, tmp_path) as port:
        Modality(port).store(*sent)
        named = wish("STUDY", StudyInstanceUID=sent[0].StudyInstanceUID)
        got = Retriever(port).get(named, on_store=cancel)
    last = got.responses[-1]
    assert got.status == 0xFE00
    assert last.NumberOfCompletedSuboperations + last.NumberOfRemainingSuboperations == 5
    assert last.NumberOfCompletedSuboperations < 5


def test_the_caller_gets_the_syntax_it_can_read(settings: Settings, tmp_path: Path) -> None:
    sent = a_study(1)
    named = wish("STUDY", StudyInstanceUID=sent[0].StudyInstanceUID)
    with open_door(settings, tmp_path) as port:
        Modality(port).store(*sent)
        implicit = Retriever(port).get(named, syntaxes=[ImplicitVRLittleEndian])
        choice = Retriever(port).get(named, syntaxes=[JPEG2000Lossless, ExplicitVRLittleEndian])
    for got, syntax in ((implicit, ImplicitVRLittleEndian), (choice, ExplicitVRLittleEndian)):
        [arrived] = got.objects
        assert arrived.file_meta.TransferSyntaxUID == syntax
        assert arrived.PixelData == sent[0].PixelData


def test_what_was_rejected_is_left_out(settings: Settings, tmp_path: Path) -> None:
    sent = a_study(2)
    with open_door(settings, tmp_path) as port:
        Modality(port).store(*sent)
        Instance.objects.filter(sop_instance_uid=sent[0].SOPInstanceUID).update(
            rejected_as="113001"
        )
        got = Retriever(port).get(wish("STUDY", StudyInstanceUID=sent[0].StudyInstanceUID))
    assert (got.status, uids(got.objects)) == (0x0000, uids(sent)[1:])


def test_more_rows_than_are_held_at_a_time_all_come(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archive.retrieve.selection.AT_ONCE", 2)
    sent = a_study(5)
    names = {
        "StudyInstanceUID": sent[0].StudyInstanceUID,
        "SeriesInstanceUID": sent[0].SeriesInstanceUID,
    }
    with open_door(settings, tmp_path) as port:
        Modality(port).store(*sent)
        whole = Retriever(port).get(wish("SERIES", **names))
        listed = Retriever(port).get(wish("IMAGE", **names, SOPInstanceUID=uids(sent)))
    assert uids(whole.objects) == uids(listed.objects) == uids(sent)


def test_the_right_to_get_is_enough_to_take_the_role(settings: Settings, tmp_path: Path) -> None:
    sent = ct_instance()
    may_get = dicom_peer("WS1", may=["get"])
    may_store = dicom_peer("CT2", may=["store"])
    contexts = ((1, CTImageStorage, (ExplicitVRLittleEndian,)), (3, GET, (ExplicitVRLittleEndian,)))
    role = role_item(CTImageStorage, scu=False, scp=True)
    with open_door(settings, tmp_path, dicom_peer(), may_get, may_store) as port:
        Modality(port).store(sent)
        named = wish("STUDY", StudyInstanceUID=sent.StudyInstanceUID)
        assert Retriever(port, ae_title="WS1").get(named).counts == (1, 0, 0)
        for calling, granted in (("WS1", True), ("CT2", False)):
            with RawPeer(port) as peer:
                asked = associate_rq(calling=calling, contexts=contexts, more=role)
                kind, answer = peer.ask(asked)
                assert kind == ACCEPT
                assert (role in answer) is granted, calling


def test_relational_retrieval_is_agreed_on(settings: Settings, tmp_path: Path) -> None:
    contexts = ((1, GET, (ExplicitVRLittleEndian,)),)
    with open_door(settings, tmp_path) as port:
        for asked, answered in ((b"\1\1", b"\1"), (b"\0", b"\0"), (b"", b"\0")):
            with RawPeer(port) as peer:
                rq = associate_rq(calling="CT1", contexts=contexts, more=extended_item(GET, asked))
                assert extended_item(GET, answered) in peer.ask(rq)[1]
