"""DCMTK's storescu and dcmsend with every transfer syntax they can propose."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)
from pytest_django import Settings

from archive.models import Instance, KeptAside
from archive.storage.current import area
from tests.support.datasets import ct_instance, ct_series, pdf_instance, us_instance, write_part10
from tests.support.dicom_door import open_door
from tests.support.peers.dcmtk import Run, run

pytestmark = pytest.mark.django_db(transaction=True)
EXPLICIT, IMPLICIT = str(ExplicitVRLittleEndian), str(ImplicitVRLittleEndian)
BIG, DEFLATED = str(ExplicitVRBigEndian), str(DeflatedExplicitVRLittleEndian)
FRAME = b"\xff\xd8" + bytes(range(254)) * 40
IN_FRAMES = {  # DCMTK's option → the transfer syntax it stands for, below 1.2.840.10008.1.2
    "-xs": "4.70",
    "-xy": "4.50",
    "-xx": "4.51",
    "-xv": "4.90",
    "-xw": "4.91",
    "-xt": "4.80",
    "-xu": "4.81",
    "-xm": "4.100",
    "-xh": "4.101",
    "-xn": "4.102",
    "-xl": "4.103",
    "-x2": "4.104",
    "-x3": "4.105",
    "-xo": "4.106",
    "-x4": "4.107",
    "-x5": "4.108",
    "-xr": "5",
}
NATIVE = {  # the option → what a native object of (Explicit, Implicit, Big Endian) arrives as
    "-x=": (EXPLICIT, IMPLICIT, EXPLICIT),
    "-xe": (EXPLICIT, IMPLICIT, EXPLICIT),
    "-xb": (EXPLICIT, BIG, BIG),
    "-xi": (IMPLICIT, IMPLICIT, IMPLICIT),
    "-xd": (DEFLATED, DEFLATED, DEFLATED),
    "-xs": (EXPLICIT, EXPLICIT, EXPLICIT),
    "-xy": (EXPLICIT, EXPLICIT, EXPLICIT),
}


def in_frames(path: Path, syntax: str) -> Dataset:
    """Write an object whose pixels are a frame of bytes that only claim to be of this syntax."""
    ds = ct_instance()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = syntax
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    ds.PixelData = encapsulate([FRAME])
    ds["PixelData"].VR = "OB"
    ds["PixelData"].is_undefined_length = True
    ds.save_as(path, enforce_file_format=True)
    return ds


def send(port: int, *arguments: str, tool: str = "storescu") -> Run:
    """Run the sender; its files and options are the arguments."""
    return run(tool, "-v", "-aet", "CT1", "-aec", "PACSHUB", "127.0.0.1", str(port), *arguments)


def kept(ds: Dataset) -> tuple[str, bytes]:
    """Return the transfer syntax and the pixels an object is kept with."""
    row = Instance.objects.get(sop_instance_uid=ds.SOPInstanceUID)
    with area().open(row.storage_key) as file:
        return row.transfer_syntax_uid, bytes(pydicom.dcmread(file).PixelData)


def test_what_is_compressed_arrives_as_it_is(settings: Settings, tmp_path: Path) -> None:
    with open_door(settings, tmp_path / "hub") as port:
        for option, name in IN_FRAMES.items():
            for how in ((), ("+C",), ("-R", "+C")):
                syntax = f"1.2.840.10008.1.2.{name}"
                ds = in_frames(tmp_path / "one.dcm", syntax)
                done = send(port, option, *how, str(tmp_path / "one.dcm"))
                assert done.code == 0, (option, how, done.text)
                assert kept(ds) == (syntax, ds.PixelData), (option, how)


def test_what_is_native_arrives_in_what_storescu_makes_of_it(
    settings: Settings, tmp_path: Path
) -> None:
    with open_door(settings, tmp_path / "hub") as port:
        for option, arrives in NATIVE.items():
            for source, syntax in zip((EXPLICIT, IMPLICIT, BIG), arrives, strict=True):
                ds = ct_instance()
                path = write_part10(ds, tmp_path / "one.dcm", transfer_syntax_uid=source)
                done = send(port, option, str(path))
                assert done.code == 0, (option, source, done.text)
                pixels = np.frombuffer(ds.PixelData, "<u2").astype(
                    ">u2" if syntax == BIG else "<u2"
                )
                assert kept(ds) == (syntax, pixels.tobytes()), (option, source)


def test_dcmsend_sends_a_tree_of_everything(settings: Settings, tmp_path: Path) -> None:
    tree = tmp_path / "out" / "deep"
    tree.mkdir(parents=True)
    sent = [ct_instance(), us_instance(), pdf_instance(), *ct_series(3)]
    for number, ds in enumerate(sent):
        write_part10(ds, tree / f"{number}.dcm")
    framed = [
        in_frames(tree / f"in-frames-{uid}.dcm", f"1.2.840.10008.1.2.{uid}")
        for uid in ("4.80", "5")
    ]
    (tree / "notes.txt").write_text("no object")
    report = tmp_path / "report.txt"
    with open_door(settings, tmp_path / "hub") as port:
        how = ("--scan-directories", "--recurse", "--no-halt", "--decompress-never")
        done = send(port, *how, "+crf", str(report), str(tree.parent), tool="dcmsend")
    assert done.code == 0, done.text
    said = report.read_text(encoding="utf-8", errors="replace")
    assert "with status SUCCESS  : 8" in said, said
    assert Instance.objects.count() == len(sent) + len(framed)
    assert all(kept(ds)[1] == ds.PixelData for ds in framed)


def test_storescu_reads_a_broken_object_out_and_goes_on(settings: Settings, tmp_path: Path) -> None:
    """With --no-halt a sender goes on after a failure; the hub is there for the next object."""
    good, nameless = ct_instance(), ct_instance(StudyInstanceUID=None)
    paths = [
        write_part10(ds, tmp_path / f"{number}.dcm") for number, ds in enumerate((nameless, good))
    ]
    with open_door(settings, tmp_path / "hub") as port:
        done = send(port, "--no-halt", *map(str, paths))
    assert "(Error: DataSetDoesNotMatchSOPClass)" in done.text
    assert Instance.objects.get().sop_instance_uid == good.SOPInstanceUID
    assert KeptAside.objects.get().reason == "missing-identity"
