"""The simulated scanners make valid objects (PS3.3) that look like anatomy, not noise."""

from __future__ import annotations

import re
import subprocess
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from pacs_hub.demo.cases import PROCEDURES
from pacs_hub.demo.objects.acquisition import PROGRAMMES, acquire
from pacs_hub.demo.objects.image import has_finding
from tests.pacs_hub.demo.exposures import an_exposure
from tests.support.needs import program


def first_of_each_series(procedure_code: str) -> list[Dataset]:
    return [next(series.images()) for series in acquire(an_exposure(procedure_code))]


def pixels_of(image: Dataset) -> NDArray[np.float64]:
    picture = image.pixel_array
    return (picture[0] if picture.ndim == 3 else picture).astype(np.float64)


def likeness_of_neighbours(picture: NDArray[np.float64]) -> float:
    """Correlation of each pixel with the one four to the right: near 0 for noise."""
    return float(np.corrcoef(picture[:, :-4].ravel(), picture[:, 4:].ravel())[0, 1])


def test_every_procedure_of_the_site_has_pictures() -> None:
    assert set(PROGRAMMES) == set(PROCEDURES)


@pytest.mark.parametrize("procedure_code", sorted(PROGRAMMES))
def test_the_objects_pass_dciodvfy_without_an_error(tmp_path: Path, procedure_code: str) -> None:
    dciodvfy = program("dciodvfy")
    for number, image in enumerate(first_of_each_series(procedure_code)):
        path = tmp_path / f"{number}.dcm"
        image.save_as(path, enforce_file_format=True)
        said = subprocess.run([dciodvfy, "-new", path], capture_output=True, text=True)
        errors = re.findall(r"^Error.*$", said.stdout + said.stderr, flags=re.MULTILINE)
        assert errors == []
        assert said.returncode == 0


@pytest.mark.parametrize("procedure_code", sorted(PROGRAMMES))
def test_a_picture_has_structure(procedure_code: str) -> None:
    for image in first_of_each_series(procedure_code):
        assert likeness_of_neighbours(pixels_of(image)) > 0.7


@pytest.mark.parametrize("procedure_code", sorted(PROGRAMMES))
def test_patient_study_and_request_are_those_of_the_worklist(procedure_code: str) -> None:
    exposure = an_exposure(procedure_code)
    image = next(acquire(exposure)[0].images())
    item = exposure.item
    assert str(image.PatientName) == item.patient_name
    assert image.StudyInstanceUID == item.study_instance_uid
    assert image.AccessionNumber == item.accession_number
    request = image.RequestAttributesSequence[0]
    assert request.ScheduledProcedureStepID == item.scheduled_procedure_step_id
    performed = image.ReferencedPerformedProcedureStepSequence[0]
    assert performed.ReferencedSOPInstanceUID == exposure.mpps_uid


@pytest.mark.parametrize("procedure_code", ["CTHEAD", "CTABDPELC", "MRBRAIN", "MRKNEE"])
def test_slices_lie_one_step_apart_along_their_normal(procedure_code: str) -> None:
    for series in acquire(an_exposure(procedure_code)):
        images = list(series.images())
        assert len(images) >= 20
        assert len({str(image.SOPInstanceUID) for image in images}) == len(images)
        assert len({str(image.FrameOfReferenceUID) for image in images}) == 1
        row, column = np.reshape([float(v) for v in images[0].ImageOrientationPatient], (2, 3))
        normal = np.cross(row, column)
        places = [float(np.dot(normal, image.ImagePositionPatient)) for image in images]
        for before, after in pairwise(places):
            assert abs(after - before) == pytest.approx(images[0].SpacingBetweenSlices, abs=0.02)


def test_a_head_in_hounsfield_units_has_air_brain_and_bone() -> None:
    series = acquire(an_exposure("CTHEAD"))[0]
    images = list(series.images())
    middle = images[len(images) // 2]
    units = pixels_of(middle) * float(middle.RescaleSlope) + float(middle.RescaleIntercept)
    shares = [
        float(np.mean(part)) for part in (units < -900, (units > 15) & (units < 60), units > 500)
    ]
    assert [share > least for share, least in zip(shares, (0.3, 0.1, 0.03), strict=True)] == [
        True
    ] * 3


def test_each_patient_has_their_own_anatomy() -> None:
    one, other = (
        pixels_of(next(acquire(an_exposure("XRCHEST", study_instance_uid=uid))[0].images()))
        for uid in ("2.25.11", "2.25.12")
    )
    assert np.mean(np.abs(one - other)) > 20


def test_some_studies_have_something_to_find_and_most_have_not() -> None:
    found = sum(has_finding(f"2.25.{n}") for n in range(400))
    assert 60 < found < 140


def test_a_finding_can_be_seen() -> None:
    uids = [f"2.25.{n}" for n in range(40)]
    ill = next(uid for uid in uids if has_finding(uid))
    images = list(acquire(an_exposure("CTHEAD", study_instance_uid=ill))[0].images())
    level = images[12]
    units = pixels_of(level) + float(level.RescaleIntercept)
    assert np.mean(units[235:265, 315:340]) > 55


def test_the_cine_of_an_ultrasound_moves() -> None:
    cine = next(acquire(an_exposure("USABD"))[1].images())
    frames = cine.pixel_array.astype(np.float64)
    assert len(frames) == cine.NumberOfFrames
    assert np.mean(np.abs(frames[3] - frames[0])) > 1
