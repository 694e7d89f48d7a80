"""The query string of QIDO-RS (PS3.18 8.3.4, 10.6.1.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timezone
from typing import Final

from pydicom.datadict import dictionary_VR, tag_for_keyword

from archive.dicom.matching import BadKey
from archive.index.keys import MATCHING_KEYS, Match, Path, match_of
from archive.index.zones import TIMEZONE_OFFSET, offset_of
from pacs_hub.kernel.errors import Malformed

MAX_ROWS: Final = 1000
_FLAGS: Final = ("fuzzymatching", "emptyvaluematching", "multiplevaluematching")
_CONTROL: Final = frozenset({*_FLAGS, "accept", "includefield", "limit", "offset"})
_TAG: Final = re.compile(r"[0-9A-Fa-f]{8}")
_UINT: Final = re.compile(r"[0-9]{1,9}")
_REPEATABLE: Final = frozenset({"UI", "CS"})  # as lists with commas, too


class BadParameter(Malformed):
    """A query parameter is not what it should be."""

    code = "bad-parameter"


@dataclass(kw_only=True)
class QidoParameters:
    """A query as it was understood; `warnings` say what was passed over.

    `zone` is what its dates and times are in, where it says so.
    """

    matches: dict[Path, Match] = field(default_factory=dict)
    fields: set[int] = field(default_factory=set)
    all_fields: bool = False
    fuzzy: bool = False
    zone: timezone | None = None
    limit: int = MAX_ROWS
    offset: int = 0
    warnings: list[str] = field(default_factory=list)


def parameters(query: Mapping[str, list[str]]) -> QidoParameters:
    """Read a query string; what is not known to us is passed over with a warning.

    Raises:
        BadParameter: a parameter's value makes no sense.
        BadKey: the value to match cannot be a value of its attribute.
    """
    fuzzy, empty, several = (_is_true(query, name) for name in _FLAGS)
    out = QidoParameters(
        limit=min(_uint(query, "limit", MAX_ROWS), MAX_ROWS),
        offset=_uint(query, "offset", 0),
        fuzzy=fuzzy,
    )
    _fields(out, query.get("includefield", []))
    creators = _private_creators(query)
    for name, values in query.items():
        if name in _CONTROL or name in creators.values():
            continue
        path = path_of(name)
        if path == (TIMEZONE_OFFSET,):
            out.zone = offset_of(values[0])
        elif path in MATCHING_KEYS:
            _match(out, path, name, values, empty=empty, several=several)
        elif path and path[0] >> 16 & 1 and (path[0] >> 8) & 0xFFFFFF not in creators:
            raise BadParameter("a private attribute needs its creator", field=_printable(name))
        else:
            out.warnings.append(f"The parameter {_printable(name)} is not supported; ignored.")
    return out


def path_of(name: str) -> Path:
    """Return the tags an attribute is named by, digits or keywords; empty where one is unknown."""
    tags = [int(n, 16) if _TAG.fullmatch(n) else tag_for_keyword(n) for n in name.split(".")]
    return tuple(tag for tag in tags if tag is not None) if None not in tags else ()


def _private_creators(query: Mapping[str, list[str]]) -> dict[int, str]:
    """Return the names of parameters that reserve a private block, by group and block."""
    found = {}
    for name in query:
        tag = int(name, 16) if _TAG.fullmatch(name) else 0
        if tag >> 16 & 1 and 0x10 <= tag & 0xFFFF <= 0xFF:
            found[tag >> 16 << 8 | tag & 0xFF] = name
    return found


def _match(
    out: QidoParameters, path: Path, name: str, values: list[str], *, empty: bool, several: bool
) -> None:
    shown, vr = _printable(name), dictionary_VR(path[-1])
    if len(values) > 1 and vr not in _REPEATABLE:
        raise BadParameter(f"{shown} is there more than once", field=shown)
    value = "\\".join(values)
    if vr in _REPEATABLE:
        value = value.replace(",", "\\")
    wild = vr in _REPEATABLE and ("*" in value or "?" in value)
    try:
        match = match_of(vr, value, empty=empty, several=several or wild)
    except BadKey as error:
        raise BadKey(f"{shown}: {error.text}", field=shown) from error
    if path in out.matches:
        raise BadParameter(f"{shown} is there under two names", field=shown)
    out.matches[path] = match


def _fields(out: QidoParameters, values: Iterable[str]) -> None:
    for name in (part.strip() for value in values for part in value.split(",")):
        if name == "all":
            out.all_fields = True
        elif path := path_of(name):
            out.fields.add(path[0])
        elif name:
            out.warnings.append(f"The field {_printable(name)} is not known and was left out.")


def _uint(query: Mapping[str, list[str]], name: str, default: int) -> int:
    values = query.get(name, [])
    if not values:
        return default
    if len(values) > 1 or not _UINT.fullmatch(values[0]):
        raise BadParameter(f"{name} is not a whole number", field=name)
    return int(values[0])


def _is_true(query: Mapping[str, list[str]], name: str) -> bool:
    values = query.get(name, [])
    if any(value not in {"true", "false"} for value in values):
        raise BadParameter(f"{name} is true or false", field=name)
    return "true" in values


def _printable(name: str) -> str:
    """Return a name from outside as it can stand in a header line."""
    return re.sub(r"[^A-Za-z0-9_.-]", "?", name)[:64]
