"""Priors are recalled, fetched from others and sent on; what fails can be seen."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydicom import Dataset
from pytest_django import Settings

from archive.keeping.services import move_to_cold
from archive.models import (
    Instance,
    Patient,
    PrefetchedStudy,
    PrefetchRequest,
    Sending,
    Study,
)
from archive.prefetch import queries
from archive.prefetch.rules import Coming
from archive.prefetch.services import WAITS, fetch_due, forget_old, replace_policy, want_priors
from archive.storage.current import area as current_area
from archive.storage.filesystem import FilesystemArea
from pacs_hub.access.services import replace_peers, set_site
from pacs_hub.kernel import clock
from tests.support.builders import CT1
from tests.support.datasets import ct_series, mr_instance, new_uid, part10
from tests.support.dicom_door import dicom_peer, open_door
from tests.support.peers.orthanc import orthanc
from tests.support.peers.prior_holder import answer, prior_holder
from tests.support.ports import free_ports
from tests.support.stored import settle, store

pytestmark = pytest.mark.django_db(transaction=True)


def policy(**over: Any) -> None:
    """Let the site prefetch."""
    row: dict[str, Any] = {"to": [], "count": 3, "years": 30, "modalities": {}, "sources": []}
    replace_policy(row | over)


def want(occasion: str = "scheduled") -> bool:
    """Ask for the priors of a CT of the head of the one patient there is."""
    return want_priors(
        key="exam:1",
        occasion=occasion,
        patient_id=Patient.objects.get().pk,
        exam=Coming(modality="CT", body_part="HEAD", study_instance_uid="1.9"),
        origin=CT1,
    )


def work() -> PrefetchRequest:
    """Work at what is due; returns the request."""
    fetch_due(area=current_area(), ours="PACSHUB", limit=5)
    return PrefetchRequest.objects.get()


def old_study() -> list[Dataset]:
    """Return two images of last year."""
    return list(ct_series(2, StudyInstanceUID=new_uid(), StudyDate="20250105"))


def test_cold_priors_are_called_back_and_sent_to_the_workstation(
    area: FilesystemArea, settings: Settings, tmp_path: Path
) -> None:
    settings.HUB_COLD_STORAGE_URL = f"file://{tmp_path}/cold"
    replace_peers(dicom=[dicom_peer("WS", host="127.0.0.1", port=9)], hl7=(), fhir=())
    policy(to=["WS", "CT1"])  # the second sent it
    store(*old_study(), area=area)
    settle()
    move_to_cold(study_id=Study.objects.get().pk, area=current_area(), origin=CT1)
    assert want()
    assert not want()
    request = work()
    assert (request.state, request.number_found, request.number_recalled) == ("done", 1, 1)
    assert Study.objects.get().tier == "main"
    sending = Sending.objects.get()
    assert (sending.ae_title, sending.number_of_items) == ("WS", 2)
    assert sending.request_key == "prefetch:exam:1"
    assert want("eve")
    fetch_due(area=current_area(), ours="PACSHUB", limit=5)
    assert Sending.objects.count() == 1


def test_nothing_is_wanted_where_the_site_says_nothing(area: FilesystemArea) -> None:
    store(mr_instance(), area=area)
    assert not want()
    assert not PrefetchRequest.objects.exists()


def test_a_prior_that_orthanc_holds_is_moved_here(settings: Settings, tmp_path: Path) -> None:
    images = old_study()
    other = old_study()[0]
    other.PatientID = "P200"
    [hub_port] = free_ports(1)
    with open_door(settings, tmp_path, dicom_peer()) as port:
        hub_port = port
        with orthanc(tmp_path / "orthanc", hub_port=hub_port) as old:
            peers = [dicom_peer("ORTHANC", host="127.0.0.1", port=old.port), dicom_peer()]
            replace_peers(dicom=peers, hl7=(), fhir=())
            for image in [*images, other]:
                old.upload(part10(image))
            policy(sources=["ORTHANC"])
            store(mr_instance(), area=current_area())
            want()
            request = work()
    assert (request.state, request.number_found, request.number_fetched) == ("done", 2, 1)
    held = Instance.objects.filter(study__study_instance_uid=images[0].StudyInstanceUID)
    assert {row.calling_ae for row in held} == {"ORTHANC"}
    assert held.count() == 2
    (fetched,) = queries.fetched(request)
    assert (fetched.is_here, fetched.completed, fetched.failed) == (True, 2, 0)


def test_answers_about_somebody_else_are_not_taken(area: FilesystemArea) -> None:
    answers = [
        answer("1.1", patient_id="P1000"),
        answer("1.2", IssuerOfPatientID="ELSEWHERE"),
        answer("1.3", IssuerOfPatientID="GH"),
        answer("1.4"),
    ]
    set_site(name="Hospital", facility="GH", time_zone="UTC", default_issuer="GH")
    with prior_holder(answers=answers) as holder:
        peer = dicom_peer("OLDPACS", host="127.0.0.1", port=holder.port)
        replace_peers(dicom=[peer], hl7=(), fhir=())
        policy(sources=["OLDPACS"], count=9)
        store(mr_instance(), area=area)
        want()
        request = work()
        assert {row.study_instance_uid for row in queries.fetched(request)} == {"1.3", "1.4"}
        assert "OLDPACS did not send all of it (0xA801)" in request.error_text
    assert (request.state, request.error_code) == ("waiting", "move-incomplete")
    assert not PrefetchedStudy.objects.filter(is_here=True).exists()


def test_a_source_that_is_away_is_asked_again_a_few_times(area: FilesystemArea) -> None:
    replace_peers(
        dicom=[dicom_peer(title, host="127.0.0.1", port=9) for title in ("OLDPACS", "WS")],
        hl7=(),
        fhir=(),
    )
    policy(sources=["OLDPACS"], to=["WS"])
    store(*old_study(), area=area)
    want()
    request = work()
    assert (request.state, request.error_code) == ("waiting", "peer-unreachable")
    assert Sending.objects.get().number_of_items == 2  # what is here does not wait
    assert request.next_attempt_at > clock.now() + WAITS[0] / 2
    assert work().attempts == 1  # not yet
    for _ in WAITS:
        PrefetchRequest.objects.update(next_attempt_at=clock.now())
        request = work()
    assert (request.state, request.attempts) == ("failed", len(WAITS) + 1)
    assert queries.requests(state="failed").count() == 1
    assert forget_old(days=90, limit=5) == 0
    PrefetchRequest.objects.update(done_at=clock.now() - timedelta(days=91))
    assert forget_old(days=90, limit=5) == 1
