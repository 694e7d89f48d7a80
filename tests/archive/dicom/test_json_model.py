"""Dataset to DICOM JSON (PS3.18 F)."""

import json
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom import Dataset

from archive.dicom.json_model import Json, number_value, text_value, to_json
from tests.support.datasets import ct_instance, part10, pdf_instance

SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "dicom"


def as_json(dataset: Dataset, tmp_path: Path, **kwargs: Any) -> Json:
    path = tmp_path / "object.dcm"
    path.write_bytes(part10(dataset, **kwargs))
    header = pydicom.dcmread(path, stop_before_pixels=True, defer_size=64 * 1024)
    return to_json(header, bulk_uri=lambda place: "/".join(f"{tag:X}" for tag in place))


@pytest.mark.parametrize(
    "transfer_syntax_uid",
    ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"],
)
def test_the_json_is_the_same_in_every_native_transfer_syntax(
    tmp_path: Path, transfer_syntax_uid: str
) -> None:
    out = as_json(ct_instance(), tmp_path, transfer_syntax_uid=transfer_syntax_uid)
    assert out["00280010"] == {"vr": "US", "Value": [32]}
    assert out["00080008"] == {"vr": "CS", "Value": ["ORIGINAL", "PRIMARY", "AXIAL"]}
    assert out["00100010"] == {"vr": "PN", "Value": [{"Alphabetic": "Doe^Jane"}]}
    assert out["00281052"] == {"vr": "DS", "Value": [-1024]}
    assert out["00201040"] == {"vr": "LO"}
    assert list(out) == sorted(out)
    assert not [tag for tag in out if tag.startswith(("0002", "7FE0"))]


def test_names_in_a_japanese_character_set_become_unicode_groups(tmp_path: Path) -> None:
    ds = ct_instance()
    ds.SpecificCharacterSet = ["", "ISO 2022 IR 87"]
    ds.PatientName = "Yamada^Tarou=山田^太郎=やまだ^たろう"
    out = as_json(ds, tmp_path)
    assert out["00100010"]["Value"] == [
        {"Alphabetic": "Yamada^Tarou", "Ideographic": "山田^太郎", "Phonetic": "やまだ^たろう"}
    ]
    assert out["00080005"]["Value"] == ["ISO_IR 192"]


def test_short_binary_is_inline_and_long_binary_is_somewhere_else(tmp_path: Path) -> None:
    short = as_json(pdf_instance(), tmp_path)["00420011"]
    assert short["vr"] == "OB"
    assert "InlineBinary" in short
    long = as_json(pdf_instance(content=b"x" * 2000), tmp_path)["00420011"]
    assert long == {"vr": "OB", "BulkDataURI": "420011"}
    huge = as_json(pdf_instance(content=b"x" * 200_000), tmp_path)["00420011"]
    assert huge == {"vr": "OB", "BulkDataURI": "420011"}


def test_a_long_value_inside_a_sequence_names_its_item(tmp_path: Path) -> None:
    item = Dataset()
    item.EncapsulatedDocument = b"y" * 3000
    out = as_json(ct_instance(ReferencedImageSequence=[Dataset(), item]), tmp_path)
    items = out["00081140"]["Value"]
    assert items[0] == {}
    assert items[1]["00420011"]["BulkDataURI"] == "81140/2/420011"


def test_numbers_json_cannot_carry_become_text(tmp_path: Path) -> None:
    ds = ct_instance(RecommendedDisplayFrameRateInFloat=float("nan"))
    ds.add_new(0x00189073, "FD", [1.5, float("inf")])
    ds.add_new(0x00186020, "UV", [2**60, 7])
    out = as_json(ds, tmp_path)
    assert out["00089459"]["Value"] == ["NaN"]
    assert out["00189073"]["Value"] == [1.5, "inf"]
    assert out["00186020"]["Value"] == [str(2**60), 7]


def test_a_value_that_does_not_fit_its_vr_is_passed_on_as_unknown(tmp_path: Path) -> None:
    raw = part10(ct_instance()).replace(b"DS\x02\x0040", b"FD\x02\x0040")
    path = tmp_path / "odd.dcm"
    path.write_bytes(raw)
    header = pydicom.dcmread(path, stop_before_pixels=True)
    out = to_json(header, bulk_uri=lambda place: "")
    assert out["00281050"]["vr"] in {"UN", "FD"}
    json.dumps(out, allow_nan=False)


def test_empty_values_among_others_are_null() -> None:
    assert text_value("CS", ["A", ""]) == {"vr": "CS", "Value": ["A", None]}
    assert text_value("CS", [""]) == {"vr": "CS"}
    assert text_value("PN", []) == {"vr": "PN"}
    assert number_value("IS", None) == {"vr": "IS"}


def test_every_sample_object_becomes_valid_json() -> None:
    if not SAMPLES.is_dir():
        pytest.skip("no sample objects beside the project: ../shared/samples/dicom")
    for path in sorted(p for p in SAMPLES.iterdir() if p.suffix != ".tsv"):
        try:
            header = pydicom.dcmread(path, stop_before_pixels=True, defer_size=64 * 1024)
        except (pydicom.errors.InvalidDicomError, EOFError):
            continue
        json.dumps(to_json(header, bulk_uri=lambda place: "x"), allow_nan=False)
