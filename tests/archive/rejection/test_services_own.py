"""The notes we make ourselves: valid, stored like any object, and in effect at once."""

from __future__ import annotations

import subprocess
from typing import Any

import pydicom
import pytest

from archive.models import Instance, RejectionNote, Study
from archive.rejection.rules import NoSuchReason, read_note
from archive.rejection.services import AlreadyRejected, reject
from archive.retrieve.plan import NoSuchTarget, Target
from archive.storage.filesystem import FilesystemArea
from pacs_hub.access.permissions import Principal
from pacs_hub.kernel.origin import Origin
from tests.support.builders import ADMIN
from tests.support.datasets import ct_instance
from tests.support.needs import program
from tests.support.rejection import of_a_study
from tests.support.stored import settle, store

pytestmark = pytest.mark.django_db
ROOT = Origin.over_http(user="root", address="127.0.0.1")


def rejected(area: FilesystemArea, target: Target, **over: Any) -> RejectionNote:
    """Reject the target, for quality unless something else is said."""
    asked: dict[str, Any] = {
        "code": "113001",
        "text": "motion",
        "principal": ADMIN,
        "origin": ROOT,
        "default_issuer": "GH",
        "ae_title": "PACSHUB",
    }
    return reject(target=target, area=area, **(asked | over))


def test_a_study_is_rejected_by_a_note_of_its_own_series(area: FilesystemArea) -> None:
    images = of_a_study(2)
    store(*images, area=area)
    settle()
    note = rejected(area, Target(study=images[0].StudyInstanceUID), code="113037")
    assert (note.code, note.text, note.number_of_references) == ("113037", "motion", 2)
    assert (note.actor, note.door) == ("root", "http")
    assert note.study == Study.objects.get()
    assert note.instance.series.modality == "KO"
    assert set(Instance.objects.values_list("rejected_as", flat=True)) == {"113037", ""}
    assert Study.objects.get().number_of_instances == 1  # the note, which everybody sees


def test_a_series_or_an_instance_alone(area: FilesystemArea) -> None:
    images = of_a_study(2)
    study = images[0].StudyInstanceUID
    other = ct_instance(StudyInstanceUID=study)
    store(*images, other, area=area)
    rejected(area, Target(study=study, series=other.SeriesInstanceUID))
    one = Target(study=study, series=images[0].SeriesInstanceUID, instance=images[0].SOPInstanceUID)
    rejected(area, one, code="113038")
    rows = dict(Instance.objects.values_list("sop_instance_uid", "rejected_as"))
    assert [rows[ds.SOPInstanceUID] for ds in (*images, other)] == ["113038", "", "113001"]


def test_what_is_rejected_already_is_not_named_again(area: FilesystemArea) -> None:
    images = of_a_study(2)
    study = images[0].StudyInstanceUID
    store(*images, area=area)
    one = Target(study=study, series=images[0].SeriesInstanceUID, instance=images[0].SOPInstanceUID)
    rejected(area, one)
    assert rejected(area, Target(study=study)).number_of_references == 1
    with pytest.raises(AlreadyRejected):
        rejected(area, Target(study=study))
    assert rejected(area, Target(study=study), code="113037").number_of_references == 2


def test_what_is_not_there_or_not_theirs_cannot_be_rejected(area: FilesystemArea) -> None:
    (image,) = of_a_study(1)
    store(image, area=area)
    with pytest.raises(NoSuchTarget):
        rejected(area, Target(study="1.2.3"))
    referrer = Principal(name="r", role="referrer", provider_id="D7")
    with pytest.raises(NoSuchTarget):
        rejected(area, Target(study=image.StudyInstanceUID), principal=referrer)
    with pytest.raises(NoSuchReason):
        rejected(area, Target(study=image.StudyInstanceUID), code="113000")


@pytest.mark.parametrize("text", ["", "Bewegung, zu groß: 寝返り"])
def test_the_note_passes_dciodvfy_without_an_error(area: FilesystemArea, text: str) -> None:
    dciodvfy = program("dciodvfy")
    images = of_a_study(3)
    other = ct_instance(StudyInstanceUID=images[0].StudyInstanceUID)
    store(*images, other, area=area)
    note = rejected(area, Target(study=images[0].StudyInstanceUID), text=text)
    path = area.path(note.instance.storage_key)
    said = subprocess.run(
        [dciodvfy, "-new", str(path)], capture_output=True, text=True, check=False
    )
    lines = (said.stdout + said.stderr).splitlines()
    assert [line for line in lines if line.startswith("Error")] == []
    assert "KeyObjectSelectionDocument" in said.stdout + said.stderr
    found = read_note(pydicom.dcmread(path))
    assert found is not None
    assert (found.text, len(found.references)) == (text, 4)
