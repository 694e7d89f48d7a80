"""Orthanc's DICOMweb plugin sends its objects to the hub, and fetches what the hub has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.datasets import ct_instance, ct_series, part10
from tests.support.hub import RunningHub, running_hub
from tests.support.peers.orthanc import Orthanc, orthanc

PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
IMPLICIT, JPEG_LS = "1.2.840.10008.1.2", "1.2.840.10008.1.2.4.80"

pytestmark = pytest.mark.skipif(
    not PLUGIN.exists(), reason="Orthanc's DICOMweb is missing: apt-get install orthanc-dicomweb"
)


@pytest.fixture(scope="module")
def peers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningHub, str, Orthanc]]:
    """The HTTP door of a hub, a token for it, and an Orthanc that may use it."""
    folder = tmp_path_factory.mktemp("orthanc-stow")
    with running_hub(folder, only="http") as hub:
        token = hub.token("integrator")
        server = {
            "Url": f"{hub.http}/dicom-web/",
            "HttpHeaders": {"Authorization": f"Bearer {token}"},
        }
        web: dict[str, Any] = {"Enable": True, "Root": "/dicom-web/", "Servers": {"hub": server}}
        with orthanc(folder / "orthanc", hub_port=1, Plugins=[str(PLUGIN)], DicomWeb=web) as other:
            yield hub, token, other


def found(hub: RunningHub, token: str, study: str) -> list[str]:
    rows = hub.get(
        f"/dicom-web/studies/{study}/instances", token=token, accept="application/dicom+json"
    )
    return sorted(row["00080018"]["Value"][0] for row in rows or [])


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.1", IMPLICIT, JPEG_LS])
def test_orthanc_stores_a_study_here(peers: tuple[RunningHub, str, Orthanc], syntax: str) -> None:
    hub, token, other = peers
    sent = list(ct_series(5))
    for dataset in sent:
        other.upload(part10(dataset, transfer_syntax_uid=syntax))
    (study,) = (
        one["ID"]
        for one in other.ask("/studies?expand")
        if one["MainDicomTags"]["StudyInstanceUID"] == sent[0].StudyInstanceUID
    )
    answer = other.ask("/dicom-web/servers/hub/stow", {"Resources": [study], "Synchronous": True})
    assert int(answer.get("InstancesCount", 5)) == 5
    assert found(hub, token, sent[0].StudyInstanceUID) == sorted(ds.SOPInstanceUID for ds in sent)


def test_orthanc_fetches_what_it_stored_here_before(
    peers: tuple[RunningHub, str, Orthanc],
) -> None:
    _, _, other = peers
    dataset = ct_instance()
    other.upload(part10(dataset))
    (instance,) = (
        one["ID"]
        for one in other.ask("/instances?expand")
        if one["MainDicomTags"]["SOPInstanceUID"] == dataset.SOPInstanceUID
    )
    other.ask("/dicom-web/servers/hub/stow", {"Resources": [instance], "Synchronous": True})
    other.delete(f"/instances/{instance}")
    wanted = {"Resources": [{"Study": dataset.StudyInstanceUID}], "Synchronous": True}
    other.ask("/dicom-web/servers/hub/retrieve", wanted)
    assert dataset.SOPInstanceUID in other.sop_instance_uids()
