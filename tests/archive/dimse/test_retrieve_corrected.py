"""What a corrected study looks like when it leaves by C-MOVE and C-GET."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydicom import Dataset
from pydicom.uid import ExplicitVRLittleEndian
from pytest_django import Settings

from archive.corrections.services import correct_study
from archive.dicom.encoding import decode
from archive.models import Study
from pacs_hub.kernel.origin import Origin
from tests.support.datasets import ct_series, new_uid
from tests.support.dicom_door import dicom_peer, open_door
from tests.support.peers.archive import other_archive
from tests.support.peers.modality import Modality
from tests.support.peers.retriever import Retriever, wish

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_correction_leaves_with_its_original(settings: Settings, tmp_path: Path) -> None:
    uid = new_uid()
    sent = list(ct_series(2, StudyInstanceUID=uid, AccessionNumber="A1"))
    with other_archive() as other:
        peers = dicom_peer(), dicom_peer("OTHER", host="127.0.0.1", port=other.port)
        with open_door(settings, tmp_path, *peers) as port:
            Modality(port).store(*sent)
            correct_study(
                study_id=Study.objects.get().pk,
                attributes={"00080050": {"vr": "SH", "Value": ["A2"]}},
                reason="CORRECT",
                source="a test",
                origin=Origin.from_event(reaction="a test", correlation_id="0"),
            )
            named = wish("STUDY", StudyInstanceUID=uid)
            assert Retriever(port).move(named).counts == (2, 0, 0)
            got = Retriever(port).get(named)
    assert got.counts == (2, 0, 0)
    moved = [decode(one.data_set, transfer_syntax=ExplicitVRLittleEndian) for one in other.received]
    for arrived, original in zip(moved + got.objects, sent * 2, strict=True):
        check(arrived, original)


def check(arrived: Dataset, original: Dataset) -> None:
    """See that only what was corrected differs, and that it says so (PS3.3 C.12.1)."""
    assert arrived.AccessionNumber == "A2"
    [note] = arrived.OriginalAttributesSequence
    assert note.ModifiedAttributesSequence[0].AccessionNumber == "A1"
    assert arrived.SOPInstanceUID == original.SOPInstanceUID
    assert arrived.PixelData == original.PixelData
