"""A quality workstation rejects over DICOM: what it names is found and sent no more."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom import Dataset
from pytest_django import Settings

from archive.models import Instance, KeptAside
from archive.store.completion import bring_up_to_date
from pacs_hub.outbox.relay import Relay
from pacs_hub.wiring.subscriptions import SUBSCRIPTIONS, UNHEARD
from tests.support.datasets import ct_instance, part10
from tests.support.dicom_door import dicom_peer, open_door
from tests.support.needs import program
from tests.support.peers.modality import Modality
from tests.support.rejection import of_a_study, rejection_note

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def door(tmp_path: Path, settings: Settings) -> Iterator[int]:
    """The hub's DICOM port, open to a modality and a quality workstation."""
    with open_door(settings, tmp_path, dicom_peer("CT1"), dicom_peer("QA1")) as port:
        yield port


def relay() -> None:
    """Hand every event to its reactions, as the worker does."""
    Relay(SUBSCRIPTIONS, UNHEARD, lease_seconds=60).run()


def found(door: int, image: Dataset) -> list[str]:
    """Return the instances C-FIND finds in the series of an image."""
    wanted = Dataset()
    wanted.QueryRetrieveLevel = "IMAGE"
    wanted.StudyInstanceUID = image.StudyInstanceUID
    wanted.SeriesInstanceUID = image.SeriesInstanceUID
    wanted.SOPInstanceUID = ""
    _, answers = Modality(door).find(wanted)
    return sorted(str(answer.SOPInstanceUID) for answer in answers)


def test_what_a_note_names_is_found_no_more_though_it_is_sent_again(door: int) -> None:
    images = of_a_study(3)
    assert Modality(door).store(*images) == [0, 0, 0]
    assert len(found(door, images[0])) == 3
    note = rejection_note(*images[:2], title="113038")
    assert Modality(door, ae_title="QA1").store(note) == [0]
    relay()
    left = [str(images[2].SOPInstanceUID)]
    assert found(door, images[0]) == left
    assert Modality(door).store(*images) == [0, 0, 0]
    images[0].PatientComments = "corrected"
    assert Modality(door).store(images[0]) == [0]
    relay()
    assert found(door, images[0]) == left
    assert KeptAside.objects.count() == 1


def test_a_study_of_which_all_is_rejected_is_found_no_more(door: int) -> None:
    image = ct_instance()
    Modality(door).store(image)
    Modality(door, ae_title="QA1").store(rejection_note(image))
    relay()
    wanted = Dataset()
    wanted.QueryRetrieveLevel = "STUDY"
    wanted.StudyInstanceUID = image.StudyInstanceUID
    wanted.PatientID = ""
    assert Modality(door).find(wanted)[1] == []


def test_a_note_from_dcmtk_before_its_images(door: int, tmp_path: Path) -> None:
    image = ct_instance()
    path = tmp_path / "note.dcm"
    path.write_bytes(part10(rejection_note(image, title="113037")))
    command = [program("storescu"), "-R", "-aet", "QA1", "-aec", "PACSHUB", "127.0.0.1"]
    done = subprocess.run([*command, str(door), str(path)], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    relay()
    Modality(door).store(image)
    bring_up_to_date(quiet_seconds=60)  # what the sweep does once a second
    relay()
    row = Instance.objects.get(sop_instance_uid=image.SOPInstanceUID)
    assert row.rejected_as == "113037"
    assert found(door, image) == []
