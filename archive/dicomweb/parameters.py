"""The query string of QIDO-RS (PS3.18 8.3.4, 10.6.1.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from pydicom.datadict import dictionary_VR, tag_for_keyword

from archive.dicom.matching import BadKey
from archive.index.keys import MATCHING_KEYS, Match, match_of
from pacs_hub.kernel.errors import Malformed

MAX_ROWS: Final = 1000
_CONTROL: Final = frozenset(
    {
        "accept",
        "emptyvaluematching",
        "fuzzymatching",
        "includefield",
        "limit",
        "multiplevaluematching",
        "offset",
    }
)
_TAG: Final = re.compile(r"[0-9A-Fa-f]{8}")
_UINT: Final = re.compile(r"[0-9]{1,9}")
_COMMA_LISTS: Final = frozenset({"UI", "CS"})
_REPEATABLE: Final = frozenset({"UI", "CS"})


class BadParameter(Malformed):
    """A query parameter is not what it should be."""

    code = "bad-parameter"


@dataclass(kw_only=True)
class QidoParameters:
    """A query as it was understood; `warnings` say what was passed over."""

    matches: dict[int, Match] = field(default_factory=dict)
    fields: set[int] = field(default_factory=set)
    limit: int = MAX_ROWS
    offset: int = 0
    warnings: list[str] = field(default_factory=list)


def parameters(query: Mapping[str, list[str]]) -> QidoParameters:
    """Read a query string; what is not known to us is passed over with a warning.

    Raises:
        BadParameter: a parameter's value makes no sense.
        BadKey: the value to match cannot be a value of its attribute.
    """
    out = QidoParameters(
        limit=min(_uint(query, "limit", MAX_ROWS), MAX_ROWS), offset=_uint(query, "offset", 0)
    )
    _fields(out, query.get("includefield", []))
    if _is_true(query, "fuzzymatching"):
        out.warnings.append(
            "The fuzzymatching parameter is not supported. "
            "Only literal matching has been performed."
        )
    for name in ("emptyvaluematching", "multiplevaluematching"):
        if _is_true(query, name):
            out.warnings.append(f"The {name} parameter is not supported.")
    for name, values in query.items():
        if name not in _CONTROL:
            _match(out, name, values)
    return out


def tag_of(name: str) -> int | None:
    """Return the tag an attribute is named by: eight hexadecimal digits or a keyword."""
    return int(name, 16) if _TAG.fullmatch(name) else tag_for_keyword(name)


def _match(out: QidoParameters, name: str, values: list[str]) -> None:
    tag = tag_of(name)
    if tag is None or tag not in MATCHING_KEYS:
        out.warnings.append(f"The parameter {_printable(name)} is not supported and was ignored.")
        return
    vr = dictionary_VR(tag)
    if len(values) > 1 and vr not in _REPEATABLE:
        raise BadParameter(f"{_printable(name)} is there more than once", field=_printable(name))
    value = "\\".join(values)
    if "\0" in value:
        raise BadParameter(f"{_printable(name)} has a NUL in it", field=_printable(name))
    if vr in _COMMA_LISTS:
        value = value.replace(",", "\\")
    try:
        match = match_of(vr, value)
    except BadKey as error:
        raise BadKey(f"{_printable(name)}: {error.text}", field=_printable(name)) from error
    if tag in out.matches:
        raise BadParameter(f"{_printable(name)} is there under two names", field=_printable(name))
    out.matches[tag] = match


def _fields(out: QidoParameters, values: Iterable[str]) -> None:
    for name in (part.strip() for value in values for part in value.split(",")):
        if name in {"", "all"}:  # rows tell all we know of their level anyway
            continue
        tag = tag_of(name.rpartition(".")[-1])
        if tag is not None:
            out.fields.add(tag)
        else:
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
