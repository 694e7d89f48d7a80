"""Orthanc as a peer of C-MOVE, both ways round.

It has no C-GET service class user before version 1.12; getscu and pynetdicom stand for that.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError

import pytest
from pydicom import Dataset
from pydicom.uid import ImplicitVRLittleEndian
from pytest_django import Settings

from archive.models import Instance
from pacs_hub.access.services import replace_peers
from tests.support.datasets import ct_series, mr_instance, new_uid, part10
from tests.support.dicom_door import dicom_peer, open_door
from tests.support.peers.dcmtk import run
from tests.support.peers.modality import Modality
from tests.support.peers.orthanc import Orthanc, orthanc
from tests.support.peers.retriever import Retriever, wish

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def both(settings: Settings, folder: Path) -> Iterator[tuple[int, Orthanc]]:
    """Run the hub and Orthanc, each a peer of the other."""
    with (
        open_door(settings, folder / "hub") as hub,
        orthanc(folder / "orthanc", hub_port=hub) as other,
    ):
        lenient = {"lenient_hierarchy": True}  # it asks Study Root for patients
        peer = dicom_peer("ORTHANC", host="127.0.0.1", port=other.port, options=lenient)
        replace_peers(dicom=(dicom_peer(), peer), hl7=(), fhir=())
        yield hub, other


def a_study() -> list[Dataset]:
    """Return a CT series and an MR object of one study."""
    uid = new_uid()
    return [*ct_series(3, StudyInstanceUID=uid), mr_instance(StudyInstanceUID=uid)]


def uids(study: list[Dataset]) -> list[str]:
    """Return sorted SOP Instance UIDs."""
    return sorted(str(ds.SOPInstanceUID) for ds in study)


def test_orthanc_finds_a_study_here_and_has_it_moved_to_itself(
    settings: Settings, tmp_path: Path
) -> None:
    study = a_study()
    with both(settings, tmp_path) as (hub, other):
        Modality(hub).store(*study)
        named = {"StudyInstanceUID": str(study[0].StudyInstanceUID)}
        query = other.ask("/modalities/hub/query", {"Level": "Study", "Query": named})
        other.ask(f"{query['Path']}/retrieve", {"TargetAet": "ORTHANC"})
        assert other.sop_instance_uids() == uids(study)


@pytest.mark.parametrize("level", ["Patient", "Series", "Instance"])
def test_orthanc_has_other_levels_moved_to_itself(
    settings: Settings, tmp_path: Path, level: str
) -> None:
    study = a_study()
    keys = {
        "Patient": {"PatientID": str(study[0].PatientID)},
        "Series": {
            "StudyInstanceUID": str(study[0].StudyInstanceUID),
            "SeriesInstanceUID": str(study[0].SeriesInstanceUID),
        },
    }
    keys["Instance"] = {**keys["Series"], "SOPInstanceUID": str(study[0].SOPInstanceUID)}
    wanted = {"Patient": study, "Series": study[:3], "Instance": study[:1]}[level]
    with both(settings, tmp_path) as (hub, other):
        Modality(hub).store(*study)
        asked = {"Level": level, "Resources": [keys[level]], "TargetAet": "ORTHANC"}
        other.ask("/modalities/hub/move", asked)
        assert other.sop_instance_uids() == uids(wanted)


def test_orthanc_is_told_that_a_move_failed(settings: Settings, tmp_path: Path) -> None:
    study = a_study()
    with both(settings, tmp_path) as (hub, other):
        Modality(hub).store(*study)
        named = {"StudyInstanceUID": str(study[0].StudyInstanceUID)}
        asked = {"Level": "Study", "Resources": [named], "TargetAet": "NOBODY"}
        with pytest.raises(HTTPError):
            other.ask("/modalities/hub/move", asked)


def test_we_move_to_orthanc_for_somebody_else(settings: Settings, tmp_path: Path) -> None:
    study = a_study()
    with both(settings, tmp_path) as (hub, other):
        Modality(hub).store(*study, transfer_syntax=ImplicitVRLittleEndian)
        named = wish("STUDY", StudyInstanceUID=study[0].StudyInstanceUID)
        moved = Retriever(hub).move(named, to="ORTHANC")
        assert (moved.status, moved.counts) == (0x0000, (4, 0, 0))
        assert other.sop_instance_uids() == uids(study)


def test_orthanc_moves_to_us_for_somebody_else(settings: Settings, tmp_path: Path) -> None:
    study = a_study()
    with both(settings, tmp_path) as (_, other):
        for ds in study:
            other.upload(part10(ds))
        moved = run(
            "movescu",
            *("-aet", "PACSHUB", "-aec", "ORTHANC", "-aem", "PACSHUB", "-S"),
            *("-k", "QueryRetrieveLevel=STUDY"),
            *("-k", f"StudyInstanceUID={study[0].StudyInstanceUID}"),
            *("127.0.0.1", str(other.port)),
        )
        assert moved.code == 0, moved.text
    assert sorted(Instance.objects.values_list("sop_instance_uid", flat=True)) == uids(study)
