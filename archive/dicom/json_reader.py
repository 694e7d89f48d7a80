"""DICOM JSON to a dataset, its bulk data named but not read (PS3.18 F.2); pure."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from pydicom import Dataset

from archive.dicom.json_model import Json
from pacs_hub.kernel.errors import Malformed

FILE_META_GROUP: Final = "0002"
MOST_DEPTH: Final = 32
_SETS: Final = "00080005"

_UNREADABLE: Final = (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError)


class NotDicomJson(Malformed):
    """Not DICOM JSON, or with values that do not fit their VR."""

    code = "not-dicom-json"


@dataclass(frozen=True)
class BulkReference:
    """A value that lies elsewhere."""

    vr: str
    uri: str


@dataclass(frozen=True)
class ReadDataset:
    """The values that were there, and by tag those of the top level that lie elsewhere."""

    dataset: Dataset
    bulk: dict[int, BulkReference]


def parse_metadata(content: bytes) -> list[Json]:
    """Return the datasets of a metadata document; one alone need not be in an array.

    Raises:
        NotDicomJson: it is something else.
    """
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise NotDicomJson("the metadata is not JSON") from error
    items = found if isinstance(found, list) else [found]
    if not items or not all(isinstance(item, dict) for item in items):
        raise NotDicomJson("the metadata is not an array of DICOM JSON objects")
    return items


def read_dataset(item: Json, *, inner_bulk: Callable[[str], bytes]) -> ReadDataset:
    """Return one dataset; `inner_bulk` reads what a BulkDataURI inside a sequence names.

    File Meta Information and group lengths are left out. Text is Unicode in JSON, so the
    dataset's character set becomes ISO_IR 192.

    Raises:
        NotDicomJson: it is none.
    """
    bulk: dict[int, BulkReference] = {}
    kept: Json = {}
    try:
        _check_depth(item, 0)
        for name, attribute in item.items():
            tag = int(name, 16)
            if len(name) != 8 or name[:4] == FILE_META_GROUP or tag & 0xFFFF == 0:
                continue
            if "BulkDataURI" in attribute:
                bulk[tag] = BulkReference(str(attribute["vr"]), str(attribute["BulkDataURI"]))
            else:
                kept[name] = attribute
        kept[_SETS] = {"vr": "CS", "Value": ["ISO_IR 192"]}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd values are kept as they are, not told on stderr
            dataset = Dataset.from_json(kept, lambda _tag, _vr, uri: inner_bulk(uri))
            for element in dataset.iterall():
                _ = element.value
    except _UNREADABLE as error:
        raise NotDicomJson("the metadata holds a value that is not DICOM JSON") from error
    return ReadDataset(dataset, bulk)


def _check_depth(item: Any, depth: int) -> None:
    if depth > MOST_DEPTH:
        raise ValueError("nested too deep")
    for attribute in item.values():
        if attribute.get("vr") == "SQ":
            for inner in attribute.get("Value") or ():
                _check_depth(inner or {}, depth + 1)
