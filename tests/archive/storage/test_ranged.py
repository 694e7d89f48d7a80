"""Parts of a file from afar: few requests, never the whole of it in memory."""

from __future__ import annotations

import os
import random
from typing import BinaryIO, cast

import pydicom
import pytest
from pydicom.uid import ExplicitVRLittleEndian

from archive.storage.ranged import BIGGEST_FETCH, SMALLEST_FETCH, RangedReader
from tests.support.datasets import ct_instance, part10


class Far:
    """Bytes somewhere else; remembers what was asked for."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.asked: list[tuple[int, int]] = []

    def fetch(self, start: int, length: int) -> bytes:
        """Return those bytes."""
        self.asked.append((start, length))
        return self.content[start : start + length]


def test_any_part_is_what_a_file_would_give() -> None:
    content = os.urandom(3_000_000)
    far = Far(content)
    reader = RangedReader(far.fetch, size=len(content), head=content[:1000])
    chance = random.Random(7)
    for _ in range(300):
        start, length = chance.randrange(3_100_000), chance.randrange(600_000)
        reader.seek(start)
        assert reader.read(length) == content[start : start + length]
    reader.seek(-10, os.SEEK_END)
    assert (reader.read(), reader.read(), reader.tell()) == (content[-10:], b"", 3_000_000)


def test_a_far_jump_costs_one_small_request() -> None:
    far = Far(bytes(50_000_000))
    reader = RangedReader(far.fetch, size=50_000_000, head=bytes(1000))
    reader.seek(30_000_000)
    reader.read(100)
    reader.seek(29_999_000)
    assert far.asked == [(30_000_000, SMALLEST_FETCH)]


def test_reading_on_takes_ever_longer_strides() -> None:
    far = Far(bytes(64_000_000))
    reader = RangedReader(far.fetch, size=64_000_000)
    while reader.read(256 * 1024):
        pass
    assert len(far.asked) < 22
    assert max(length for _, length in far.asked) == BIGGEST_FETCH


def test_pydicom_reads_a_header_through_it_and_a_long_value_later() -> None:
    dataset = ct_instance()
    dataset.private_block(0x0009, "INVENTED", create=True).add_new(1, "OB", b"\1\2" * 100_000)
    far = Far(part10(dataset, transfer_syntax_uid=ExplicitVRLittleEndian))
    reader = cast(BinaryIO, RangedReader(far.fetch, size=len(far.content), head=far.content[:400]))
    header = pydicom.dcmread(reader, stop_before_pixels=True, defer_size=64 * 1024)
    assert header.SOPInstanceUID == dataset.SOPInstanceUID
    assert header[0x00091001].value == b"\1\2" * 100_000


def test_an_object_that_ends_too_early_is_not_read_for_ever() -> None:
    reader = RangedReader(lambda start, length: b"", size=10)
    with pytest.raises(EOFError):
        reader.read()
