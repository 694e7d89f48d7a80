"""DCMTK's tools against our doors: echoscu, storescu with real transfer syntaxes, findscu -W."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pydicom
import pytest
from pytest_django import Settings

from archive.models import Instance
from archive.storage.current import area
from tests.support.datasets import ct_instance, write_part10
from tests.support.dicom_door import dicom_peer, open_door
from tests.support.needs import program
from tests.support.scheduled import scheduled_exam, tomorrow

pytestmark = pytest.mark.django_db(transaction=True)
SAMPLES = Path(__file__).parents[2] / "../shared/samples/dicom"


def run(
    tool: str, port: int, *arguments: str, calling: str = "CT1"
) -> subprocess.CompletedProcess[str]:
    """Run one of DCMTK's service class users against the hub."""
    command = [program(tool), "-aet", calling, "-aec", "PACSHUB", "127.0.0.1", str(port)]
    return subprocess.run(
        [*command, *arguments],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=60,
        env={**os.environ, "TCP_NODELAY": "1"},
    )


def test_echoscu_is_answered(settings: Settings, tmp_path: Path) -> None:
    with open_door(settings, tmp_path) as port:
        assert run("echoscu", port).returncode == 0
        stranger = run("echoscu", port, calling="NOBODY")
    assert stranger.returncode != 0
    assert "Calling AE Title Not Recognized" in stranger.stderr


@pytest.mark.parametrize(
    ("sample", "proposal"),
    [
        ("dicom-test-files__data_WG04_JPLL_CT1_JPLL", "-xs"),
        ("dicom-test-files__data_WG04_JPLY_RG2_JPLY", "-xx"),
        ("dicom-test-files__data_WG04_J2KR_CT1_J2KR", "-xv"),
        ("dicom-test-files__data_WG04_JLSL_CT1_JLSL", "-xt"),
        ("dicom-test-files__data_WG04_RLE_CT1_RLE", "-xr"),
    ],
)
def test_storescu_sends_every_syntax_and_the_bytes_stay_as_they_are(
    settings: Settings, tmp_path: Path, sample: str, proposal: str
) -> None:
    path = SAMPLES / sample
    if not path.is_file():
        pytest.skip("needs ../shared/samples")
    sent = pydicom.dcmread(path)
    with open_door(settings, tmp_path) as port:
        done = run("storescu", port, "-R", proposal, str(path))
    assert done.returncode == 0, done.stderr
    row = Instance.objects.get()
    assert row.transfer_syntax_uid == sent.file_meta.TransferSyntaxUID
    kept = pydicom.dcmread(area().open(row.storage_key))
    assert kept.PixelData == sent.PixelData


def test_storescu_sends_a_series_in_one_association(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    for number in range(5):
        write_part10(ct_instance(InstanceNumber=str(number)), folder / f"{number}.dcm")
    with open_door(settings, tmp_path) as port:
        done = run("storescu", port, "+sd", str(folder))
    assert done.returncode == 0, done.stderr
    assert Instance.objects.count() == 5


def test_a_peer_that_may_not_store_sends_nothing(settings: Settings, tmp_path: Path) -> None:
    path = write_part10(ct_instance(), tmp_path / "one.dcm")
    with open_door(settings, tmp_path, dicom_peer(may=["echo"])) as port:
        assert run("storescu", port, str(path)).returncode != 0
    assert not Instance.objects.exists()


def test_findscu_shows_the_worklist(settings: Settings, tmp_path: Path) -> None:
    keys = [
        f"ScheduledProcedureStepSequence[0].ScheduledProcedureStepStartDate={tomorrow():%Y%m%d}",
        "ScheduledProcedureStepSequence[0].ScheduledStationAETitle=CT1",
        "ScheduledProcedureStepSequence[0].Modality=CT",
        "PatientName=DOE*",
        "AccessionNumber",
        "StudyInstanceUID",
    ]
    with open_door(settings, tmp_path) as port:
        exam = scheduled_exam(name="Doe^Jane")
        scheduled_exam(name="Roe^Richard", patient_id="P2")
        scheduled_exam(name="Doe^John", patient_id="P3", station="CT9")
        found = run("findscu", port, "-W", *[part for key in keys for part in ("-k", key)])
    answers = found.stdout + found.stderr
    assert found.returncode == 0, answers
    assert answers.count("# Dicom-Data-Set") == 1
    assert exam.study_instance_uid in answers
    assert f"[{exam.accession_number}" in answers
