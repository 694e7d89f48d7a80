"""Orthanc asks for storage commitment, and takes the report on an association of ours."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings

from archive.commitment.sender import send_due
from archive.commitment.services import check_due
from archive.models import CommitmentRequest
from archive.storage.current import area
from pacs_hub.access.services import replace_peers
from tests.support.datasets import ct_instance
from tests.support.dicom_door import dicom_peer, open_door
from tests.support.peers.orthanc import orthanc
from tests.support.stored import store
from tests.support.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def test_orthanc_is_told_what_is_kept_and_what_is_not(tmp_path: Path, settings: Settings) -> None:
    here, absent = ct_instance(), ct_instance()
    with (
        open_door(settings, tmp_path, dicom_peer("ORTHANC")) as hub_port,
        orthanc(tmp_path / "orthanc", hub_port=hub_port) as peer,
    ):
        store(here, area=area())
        row = dicom_peer(
            "ORTHANC", host="127.0.0.1", port=peer.port, options={"commit_wait_minutes": 0}
        )
        replace_peers(dicom=[row], hl7=(), fhir=())
        asked = peer.ask(
            "/modalities/hub/storage-commitment",
            {"DicomInstances": [[ds.SOPClassUID, ds.SOPInstanceUID] for ds in (here, absent)]},
        )
        check_due(area=area(), budget_bytes=10**9)
        assert send_due(ours="PACSHUB") == 1
        found = wait_until(
            lambda: report if (report := peer.ask(asked["Path"]))["Status"] != "Pending" else None,
            seconds=10,
            what="the report in Orthanc",
        )
    assert CommitmentRequest.objects.get().state == "reported"
    assert found["RemoteAET"] == "PACSHUB"
    assert [one["SOPInstanceUID"] for one in found["Success"]] == [here.SOPInstanceUID]
    assert [one["SOPInstanceUID"] for one in found["Failures"]] == [absent.SOPInstanceUID]
