"""Pictures of objects that announce more than they hold, or more than fits into memory."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Iterator

import pytest
from PIL import Image

from archive.retrieve import rendering
from archive.retrieve.rendering import Rendering, loop
from archive.storage.filesystem import FilesystemArea
from tests.archive.dicomweb.test_wado import place
from tests.support.callers import caller
from tests.support.datasets import part10, us_instance
from tests.support.stored import store

pytestmark = pytest.mark.django_db
LIE = 20_000_000
MEMORY = 64 * 1024 * 1024


@pytest.mark.parametrize(
    ("upto", "accept"),
    [
        ("/rendered", "image/gif"),
        ("/pixeldata", 'multipart/related; type="application/octet-stream"'),
    ],
)
def test_a_number_of_frames_that_lies_takes_no_memory(
    area: FilesystemArea, upto: str, accept: str
) -> None:
    (row,) = store(us_instance(frames=2, NumberOfFrames=LIE), area=area)
    assert row.number_of_frames == LIE
    tracemalloc.start()
    try:
        response = caller("radiologist").get(f"{place(row)}{upto}", headers={"Accept": accept})
        assert response.status_code in {200, 404, 409}
        assert tracemalloc.get_traced_memory()[1] < MEMORY
    finally:
        tracemalloc.stop()


def test_a_loop_has_an_end_however_small_its_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "MOST_LOOP_FRAMES", 3)
    file = io.BytesIO(part10(us_instance(frames=5)))
    content, fitted = loop(file, range(1, 6), Rendering(media_type="image/gif"))
    assert fitted == 3
    assert getattr(Image.open(io.BytesIO(content)), "n_frames", 1) == 3


def test_several_pictures_are_made_one_after_the_other(area: FilesystemArea) -> None:
    (row,) = store(us_instance(frames=3), area=area)
    accept = {"Accept": 'multipart/related; type="image/png"'}
    response = caller("radiologist").get(f"{place(row)}/frames/1,3/rendered", headers=accept)
    content = response.streaming_content  # type: ignore[attr-defined]
    assert isinstance(content, Iterator)
    assert b"".join(content).count(b"\x89PNG") == 2
    missing = caller("radiologist").get(f"{place(row)}/frames/1,4/rendered", headers=accept)
    assert missing.status_code == 404
