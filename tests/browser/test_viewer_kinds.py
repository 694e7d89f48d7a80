"""The viewer shows loops, colour, compressed images and documents, and complains of nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydicom import Dataset
from pydicom.uid import (
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)
from pytest_django import Settings

from archive.storage.filesystem import FilesystemArea
from tests.support import board, files
from tests.support.datasets import ct_instance, pdf_instance, us_instance
from tests.support.peers.chromium import picture
from tests.support.person import Person
from tests.support.stored import area_in, settle, store

pytestmark = pytest.mark.django_db(transaction=True)
SIDE = {"rows": 128, "columns": 128}
LARGEST_CANVAS = """
const boxes = [...document.querySelectorAll(".cornerstone-canvas")]
  .map(canvas => canvas.getBoundingClientRect().toJSON());
return boxes.sort((a, b) => b.width * b.height - a.width * a.height)[0];
"""


@pytest.fixture
def area(live_server: Any, tmp_path: Path, settings: Settings) -> FilesystemArea:
    """An empty storage area, which the live server reads from too."""
    board.a_site(time_zone="UTC")
    settings.HUB_PUBLIC_URL = live_server.url
    return area_in(tmp_path / "objects", settings)


def colour_loop() -> Dataset:
    """Return an ultrasound loop of red discs."""
    ds = us_instance(frames=3, **SIDE)
    grey = bytes(ds.PixelData)
    ds.SamplesPerPixel, ds.PlanarConfiguration, ds.PhotometricInterpretation = 3, 0, "RGB"
    ds.PixelData = bytes(value for one in grey for value in (one, one // 4, one // 4))
    return ds


def colours(person: Person) -> list[tuple[int, tuple[int, int, int]]]:
    """Return how often each colour is in the middle of the largest picture of the viewer."""
    box = person.browser.execute_script(LARGEST_CANVAS)
    if box is None:
        return []
    left, top = box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.3
    width, height = box["width"] * 0.4, box["height"] * 0.4
    middle = (int(left), int(top), int(left + width), int(top + height))
    return picture(person.browser).crop(middle).convert("RGB").getcolors(10**6) or []


def opened(person: Person, area: FilesystemArea, ds: Dataset, syntax: str) -> None:
    """Open the object's study."""
    store(ds, area=area, transfer_syntax_uid=syntax)
    settle()
    person.open(f"/viewer/viewer?StudyInstanceUIDs={ds.StudyInstanceUID}")


def test_it_shows_every_kind_of_image(person: Person, area: FilesystemArea) -> None:
    kinds: list[tuple[Callable[[], Dataset], str, bool]] = [
        (lambda: us_instance(frames=3, **SIDE), ExplicitVRLittleEndian, False),
        (colour_loop, ExplicitVRLittleEndian, True),
        (lambda: ct_instance(**SIDE), RLELossless, False),
        (lambda: ct_instance(**SIDE), JPEG2000Lossless, False),
        (lambda: ct_instance(**SIDE), JPEGLSLossless, False),
    ]
    person.sign_in()
    for number, (make, syntax, is_red) in enumerate(kinds):
        ds = make()
        ds.PatientID = f"P{number}"
        opened(person, area, ds, syntax)

        def is_shown(is_red: bool = is_red) -> bool:
            bright = [rgb for count, rgb in colours(person) if count > 500 and max(rgb) > 40]
            return any((rgb[0] > 2 * rgb[1]) == is_red for rgb in bright)

        person.until(is_shown)
        assert person.complaints() == [], (number, syntax)


def test_it_shows_a_document(person: Person, area: FilesystemArea) -> None:
    person.sign_in()
    opened(person, area, pdf_instance(content=files.PDF), ExplicitVRLittleEndian)
    document = "object[type='application/pdf'][data^='blob:']"
    person.until(lambda: person.all(document))
    person.until(lambda: not person.find(document).text)  # what stands in where it is not shown
    assert person.complaints() == []
