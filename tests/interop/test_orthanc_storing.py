"""Orthanc sends to us and takes from us: what goes round comes back as the same objects."""

from __future__ import annotations

from pathlib import Path

import pydicom
import pytest
from pydicom import Dataset
from pytest_django import Settings

from archive.models import Instance, KeptAside
from archive.storage.current import area
from pacs_hub.access.services import replace_peers
from tests.support.datasets import (
    ct_instance,
    ct_series,
    dx_instance,
    mr_instance,
    new_uid,
    part10,
    pdf_instance,
    us_instance,
)
from tests.support.dicom_door import dicom_peer, open_door
from tests.support.peers.orthanc import Orthanc, orthanc
from tests.support.peers.retriever import Retriever, wish
from tests.support.stored import store

pytestmark = pytest.mark.django_db(transaction=True)
EXPLICIT, IMPLICIT = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2"
SYNTAXES = (
    EXPLICIT,
    IMPLICIT,
    "1.2.840.10008.1.2.4.80",
    "1.2.840.10008.1.2.4.90",
    "1.2.840.10008.1.2.5",
)


def send_everything(other: Orthanc) -> None:
    """Let Orthanc send all it has to the hub, and wait for the end."""
    everything = other.ask("/instances")
    other.ask("/modalities/hub/store", {"Resources": everything, "Synchronous": True})


def test_orthanc_sends_every_syntax_and_kind(settings: Settings, tmp_path: Path) -> None:
    sent: dict[str, tuple[str, Dataset]] = {}
    with (
        open_door(settings, tmp_path / "hub", dicom_peer("ORTHANC")) as hub,
        orthanc(tmp_path / "orthanc", hub_port=hub) as other,
    ):
        for syntax in SYNTAXES:
            for ds in (ct_instance(), us_instance(frames=3)):
                other.upload(part10(ds, transfer_syntax_uid=syntax))
                sent[ds.SOPInstanceUID] = syntax, ds
        for ds in (dx_instance(), pdf_instance()):
            other.upload(part10(ds))
            sent[ds.SOPInstanceUID] = EXPLICIT, ds
        send_everything(other)
        for uid, (syntax, ds) in sent.items():
            row = Instance.objects.get(sop_instance_uid=uid)
            assert row.transfer_syntax_uid == syntax
            with area().open(row.storage_key) as file:
                kept = pydicom.dcmread(file)
            if "PixelData" in ds:
                assert kept.pixel_array.tobytes() == ds.PixelData
            else:
                assert kept.EncapsulatedDocument == ds.EncapsulatedDocument
    assert Instance.objects.count() == len(sent)
    assert not KeptAside.objects.exists()


def test_what_orthanc_had_from_us_is_no_other_object_when_it_returns(
    settings: Settings, tmp_path: Path
) -> None:
    with (
        open_door(settings, tmp_path / "hub") as hub,
        orthanc(tmp_path / "orthanc", hub_port=hub) as other,
    ):
        replace_peers(
            dicom=(dicom_peer(), dicom_peer("ORTHANC", host="127.0.0.1", port=other.port)),
            hl7=(),
            fhir=(),
        )
        study = new_uid()
        same = {"StudyInstanceUID": study}
        radiograph = dx_instance(**same)
        radiograph["AnatomicRegionSequence"].is_undefined_length = True
        series = ct_series(2, **same)
        store(*series, mr_instance(**same), radiograph, pdf_instance(**same), area=area())
        store(us_instance(**same), area=area(), transfer_syntax_uid="1.2.840.10008.1.2.4.80")
        moved = Retriever(hub).move(wish("STUDY", StudyInstanceUID=study), to="ORTHANC")
        assert (moved.status, moved.counts) == (0x0000, (6, 0, 0))
        send_everything(other)
    assert Instance.objects.count() == 6
    assert not KeptAside.objects.exists()
