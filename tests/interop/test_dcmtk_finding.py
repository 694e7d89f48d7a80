"""DCMTK's findscu at every level of every model, and getscu and movescu of compressed objects."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pydicom
import pytest
from pydicom import Dataset
from pytest_django import Settings

from archive.storage.current import area
from tests.support.datasets import ct_series, mr_instance, new_uid
from tests.support.dicom_door import dicom_peer, open_door
from tests.support.peers.dcmtk import run, storescp
from tests.support.stored import store

pytestmark = pytest.mark.django_db(transaction=True)
LEVELS = {  # model and level → the unique keys to give, and how many answers there are
    ("-P", "PATIENT"): ("", 2),
    ("-P", "STUDY"): ("patient", 1),
    ("-P", "SERIES"): ("patient study", 2),
    ("-P", "IMAGE"): ("patient study series", 3),
    ("-S", "STUDY"): ("", 2),
    ("-S", "SERIES"): ("study", 2),
    ("-S", "IMAGE"): ("study series", 3),
    ("-O", "PATIENT"): ("", 2),
    ("-O", "STUDY"): ("patient", 1),
}
SYNTAXES = {  # DCMTK's option, after +x → the transfer syntax it prefers
    "t": "1.2.840.10008.1.2.4.80",
    "v": "1.2.840.10008.1.2.4.90",
    "r": "1.2.840.10008.1.2.5",
}


@pytest.fixture
def study() -> list[Dataset]:
    """Return a CT series and an MR object of one study."""
    uid = new_uid()
    return [*ct_series(3, StudyInstanceUID=uid), mr_instance(StudyInstanceUID=uid)]


@pytest.fixture
def hub(settings: Settings, tmp_path: Path, study: list[Dataset]) -> Iterator[int]:
    """The hub's door; it keeps the study, and one of another patient."""
    with open_door(settings, tmp_path / "hub") as port:
        store(*study, *ct_series(2, PatientID="P2", PatientName="Roe^Richard"), area=area())
        yield port


def unique_keys(study: list[Dataset], names: str) -> list[str]:
    """Return the keys as findscu takes them."""
    first = study[0]
    known = {
        "patient": f"PatientID={first.PatientID}",
        "study": f"StudyInstanceUID={first.StudyInstanceUID}",
        "series": f"SeriesInstanceUID={first.SeriesInstanceUID}",
    }
    return [part for name in names.split() for part in ("-k", known[name])]


@pytest.mark.parametrize("syntax", ["-xe", "-xb", "-xi", "-xd"])
def test_findscu_finds_at_every_level(hub: int, study: list[Dataset], syntax: str) -> None:
    asked = ("-aet", "CT1", "-aec", "PACSHUB", syntax)
    for (model, level), (names, count) in LEVELS.items():
        keys = ["-k", f"QueryRetrieveLevel={level}", *unique_keys(study, names)]
        keys += ["-k", "PatientName", "-k", "NumberOfStudyRelatedInstances"]
        found = run("findscu", model, *asked, *keys, "127.0.0.1", str(hub))
        assert found.code == 0, (model, level, found.text)
        assert found.text.count("# Dicom-Data-Set") == count, (model, level, found.text)


def test_findscu_may_stop_after_an_answer(hub: int) -> None:
    keys = ("-k", "QueryRetrieveLevel=STUDY", "-k", "PatientName=*")
    asked = ("-aet", "CT1", "-aec", "PACSHUB", "--cancel", "1")
    stopped = run("findscu", "-d", "-S", *asked, *keys, "127.0.0.1", str(hub))
    assert stopped.code == 0, stopped.text
    assert "FindResponse" in stopped.text or "Find Response" in stopped.text


@pytest.mark.parametrize("option", list(SYNTAXES))
def test_compressed_objects_reach_storescp_and_getscu(
    settings: Settings, tmp_path: Path, option: str
) -> None:
    sent = list(ct_series(2))
    keys = ["-S", "-k", "QueryRetrieveLevel=STUDY"]
    keys += ["-k", f"StudyInstanceUID={sent[0].StudyInstanceUID}"]
    got = tmp_path / "got"
    got.mkdir()
    with storescp(tmp_path / "moved", f"+x{option}") as other:
        peers = dicom_peer(), dicom_peer("OTHER", host="127.0.0.1", port=other.port)
        with open_door(settings, tmp_path / "hub", *peers) as port:
            store(*sent, area=area(), transfer_syntax_uid=SYNTAXES[option])
            asked = ("-aet", "CT1", "-aec", "PACSHUB", "127.0.0.1", str(port))
            moved = run("movescu", "-aem", "OTHER", *keys, *asked)
            assert moved.code == 0, moved.text
            taken = run("getscu", f"+x{option}", "-od", str(got), *keys, *asked)
            assert taken.code == 0, taken.text
        as_kept = other.objects()
    assert {ds.file_meta.TransferSyntaxUID for ds in as_kept} == {SYNTAXES[option]}
    back = [*as_kept, *map(pydicom.dcmread, got.iterdir())]  # getscu: native, from one context
    assert len(back) == 2 * len(sent)
    pixels = {ds.SOPInstanceUID: ds.PixelData for ds in sent}
    for ds in back:
        assert ds.pixel_array.tobytes() == pixels[ds.SOPInstanceUID]
