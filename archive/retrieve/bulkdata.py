"""The bytes of one attribute that the metadata only points to (PS3.18 10.4.1.1.5)."""

from __future__ import annotations

from typing import BinaryIO

import pydicom
from pydicom import Dataset

from archive.dicom.json_model import TagPath
from pacs_hub.kernel.errors import Malformed, Unknown

DEFER_BYTES = 64 * 1024


class NoSuchBulkData(Unknown):
    """The object has no such attribute, or one without bytes."""

    code = "no-such-bulk-data"


class BadTagPath(Malformed):
    """Not tags and item numbers in turn."""

    code = "bad-tag-path"


def tag_path(text: str) -> TagPath:
    """Read `00081140/2/00420011`: tags of eight hexadecimal digits, item numbers from 1.

    Raises:
        BadTagPath: it is something else.
    """
    parts = text.strip("/").split("/")
    if len(parts) % 2 == 0 or len(parts) > 31:
        raise BadTagPath("not a path of tags and item numbers")
    try:
        return tuple(_part(part, depth) for depth, part in enumerate(parts))
    except ValueError as error:
        raise BadTagPath("not a path of tags and item numbers") from error


def value_at(file: BinaryIO, path: TagPath) -> bytes:
    """Return the bytes at `path` of an open Part 10 file.

    Raises:
        NoSuchBulkData: there is nothing there.
    """
    file.seek(0)
    dataset: Dataset = pydicom.dcmread(file, stop_before_pixels=True, defer_size=DEFER_BYTES)
    for tag, number in zip(path[:-1:2], path[1::2], strict=True):
        items = dataset[tag].value if tag in dataset and dataset[tag].VR == "SQ" else []
        if not 1 <= number <= len(items):
            raise NoSuchBulkData("the object has no such item")
        dataset = items[number - 1]
    if path[-1] not in dataset:
        raise NoSuchBulkData("the object has no such attribute")
    value = dataset[path[-1]].value
    if not isinstance(value, bytes):
        raise NoSuchBulkData("the attribute is not kept as bulk data")
    return value


def _part(text: str, depth: int) -> int:
    if depth % 2:
        return int(text)
    if len(text) != 8:
        raise ValueError(text)
    return int(text, 16)
