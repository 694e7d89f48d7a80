"""Objects in a bucket of a real S3 server: kept, read in ranges, listed; and when it fails."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import pytest

from archive.storage.area import NoSuchObject, StorageAway
from archive.storage.s3 import Bucket, S3Area
from pacs_hub.kernel import clock
from tests.support.peers.s3 import KEYS, Mode, S3Server


@pytest.fixture
def area(s3: S3Server, tmp_path: Path) -> S3Area:
    """An empty bucket."""
    s3.line.mode = "pass"
    bucket = Bucket(
        name=s3.new_bucket(), prefix="pre", endpoint=s3.endpoint, timeout_seconds=0.7, keys=KEYS
    )
    return S3Area(bucket, spool_folder=tmp_path / "spool")


def put(area: S3Area, key: str, content: bytes) -> None:
    spool = area.spool()
    spool.file.write(content)
    area.keep(spool, key)


def test_a_kept_object_is_read_back_and_its_spool_is_gone(area: S3Area, tmp_path: Path) -> None:
    put(area, "aa/bb/x.dcm", b"abc")
    with area.open("aa/bb/x.dcm") as file:
        assert file.read() == b"abc"
    assert area.size("aa/bb/x.dcm") == 3
    assert list((tmp_path / "spool").iterdir()) == []


def test_a_big_object_goes_up_in_parts_and_is_read_in_ranges(area: S3Area, s3: S3Server) -> None:
    content = bytes(range(256)) * 80_000
    put(area, "big.dcm", content)
    s3.line.requests.clear()
    with area.open("big.dcm") as file:
        assert file.read(1000) == content[:1000]
        file.seek(15_000_001)
        assert file.read(500) == content[15_000_001:15_000_501]
    assert len(s3.line.requests) == 2
    with area.open("big.dcm") as file:
        assert file.read() == content


def test_an_empty_object_is_read_too(area: S3Area) -> None:
    put(area, "empty", b"")
    with area.open("empty") as file:
        assert file.read() == b""


def test_what_is_not_there_is_said_so(area: S3Area) -> None:
    for ask in (area.open, area.size):
        with pytest.raises(NoSuchObject):
            ask("none.dcm")
    area.delete("none.dcm")


def test_objects_are_listed_in_order_and_from_a_key_on(area: S3Area) -> None:
    keys = ["01/1.2.3.4/x", "01/1.2.3/x", "01/1.2.3/y", "02/a"]
    for key in reversed(keys):
        put(area, key, b"12345")
    spool = area.spool()
    area.set_aside(spool)
    assert [found.key for found in area.objects()] == keys
    assert [found.key for found in area.objects(after=keys[1])] == keys[2:]
    found = next(area.objects())
    assert found.size == 5
    assert clock.now() - found.kept_at < timedelta(minutes=1)


def test_a_renamed_object_has_one_name(area: S3Area) -> None:
    put(area, "a", b"abc")
    area.rename("a", "b/c")
    assert [found.key for found in area.objects()] == ["b/c"]


@pytest.mark.parametrize("mode", ["fail", "hang", "refuse"])
def test_a_store_that_fails_is_away_in_bounded_time_and_the_spool_stays(
    area: S3Area, s3: S3Server, mode: Mode
) -> None:
    spool = area.spool()
    spool.file.write(b"abc")
    s3.line.mode = mode
    began = time.monotonic()
    with pytest.raises(StorageAway):
        area.keep(spool, "x.dcm")
    assert time.monotonic() - began < 10
    assert spool.path.read_bytes() == b"abc"
    with pytest.raises(StorageAway):
        area.check()
    s3.line.mode = "pass"
    area.keep(spool, "x.dcm")
    assert area.size("x.dcm") == 3


def test_a_store_that_fails_in_the_middle_of_a_big_object_keeps_none_of_it(
    area: S3Area, s3: S3Server
) -> None:
    spool = area.spool()
    spool.file.write(bytes(20_000_000))
    s3.line.mode = "fail"
    with pytest.raises(StorageAway):
        area.keep(spool, "big.dcm")
    s3.line.mode = "pass"
    with pytest.raises(NoSuchObject):
        area.size("big.dcm")


def test_a_reader_says_that_the_store_went_away(area: S3Area, s3: S3Server) -> None:
    put(area, "big.dcm", bytes(1_000_000))
    with area.open("big.dcm") as file:
        file.read(10)
        s3.line.mode = "fail"
        file.seek(900_000)
        with pytest.raises(StorageAway):
            file.read(10)
    s3.line.mode = "pass"


def test_a_bucket_that_is_not_there_is_away(s3: S3Server, tmp_path: Path) -> None:
    bucket = Bucket(name="nowhere", endpoint=s3.endpoint, timeout_seconds=1, keys=KEYS)
    with pytest.raises(StorageAway):
        put(S3Area(bucket, spool_folder=tmp_path), "x", b"1")
