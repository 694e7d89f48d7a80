"""HL7 names (XPN, XCN, CNN) to DICOM person names and back (PS3.5 6.2)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

GROUP_MAX: Final = 64
_FORBIDDEN: Final = re.compile(r"[\\=^\x00-\x1f\x7f]+")
_BEST_KINDS: Final = {"L": 0, "D": 1}
_OTHER_KINDS: Final = frozenset({"M", "B", "N", "A", "S", "BAD", "NB", "I", "P", "TEMP"})

Components = Sequence[Sequence[str]]
"""One repetition of a field: components, each a list of subcomponents."""


@dataclass(frozen=True)
class _Parts:
    family: str = ""
    given: str = ""
    middle: str = ""
    prefix: str = ""
    suffix: str = ""
    degree: str = ""
    kind: str = ""
    script: str = ""

    @property
    def empty(self) -> bool:
        return not (self.family or self.given)

    def group(self) -> str:
        endings = " ".join(part for part in (self.suffix, self.degree) if part)
        parts = (self.family, self.given, self.middle, self.prefix, endings)
        return "^".join(parts).rstrip("^")


def patient_name(repetitions: Sequence[Components]) -> str:
    """Return the DICOM PN for PID-5: the legal name, in up to three scripts."""
    names = [_xpn(components) for components in repetitions]
    names = [name for name in names if not name.empty]
    if not names:
        return ""
    chosen = min(names, key=lambda n: _BEST_KINDS.get(n.kind, 2 + (n.kind in _OTHER_KINDS)))
    groups = ["", "", ""]
    same_kind = [n for n in names if n.kind == chosen.kind]
    written = any(_script(n, has_written=False) == 1 for n in same_kind)
    for name in [chosen, *same_kind]:
        place = _script(name, has_written=written)
        groups[place] = groups[place] or _fitted(name)
    return "=".join(groups).rstrip("=")


def provider_name(components: Components) -> str:
    """Return the DICOM PN of an XCN: an identifier, then a name (2.A.88)."""
    return _fitted(_named(components, first=1))


def provider_id(components: Components) -> str:
    """Return the identifier of an XCN."""
    return _part(components, 0)


def interpreter_name(components: Components) -> str:
    """Return the DICOM PN of an NDL (OBR-32 to OBR-35), or of an XCN that stands in for one.

    A CNN puts the name into the subcomponents of the first component (2.A.12).
    """
    first = [*components[:1]]
    if first and len(first[0]) > 1:
        return provider_name([[part] for part in first[0]])
    second = _part(components, 1)
    return provider_name(components) if second and not second.isdigit() else ""


def xpn(name: str) -> list[str]:
    """Return the components of an XPN for the first group of a DICOM PN that says anything."""
    group = next((group for group in name.split("=") if group.strip("^ ")), "")
    family, given, middle, prefix, suffix = (group.split("^") + [""] * 5)[:5]
    return [family, given, middle, suffix, prefix]


def xpns(name: str, *, kind: str = "L") -> list[list[str]]:
    """Return one XPN for each group of a DICOM PN: XPN-7 `kind`, XPN-8 its representation.

    A name in one group that is alphabetic says nothing of its representation, as most names do.
    """
    groups = [(code, g) for code, g in zip("AIP", name.split("="), strict=False) if g.strip("^ ")]
    plain = [code for code, _ in groups] == ["A"]
    return [[*xpn(group), "", kind, *([] if plain else [code])] for code, group in groups]


def xcn(identifier: str, name: str) -> list[str]:
    """Return the components of an XCN."""
    return [identifier, *xpn(name)]


def _xpn(components: Components) -> _Parts:
    parts = _named(components, first=0)
    return replace(parts, kind=_part(components, 6).upper(), script=_part(components, 7).upper())


def _named(components: Components, *, first: int) -> _Parts:
    family = _part(components, first)
    own_prefix = _part(components, first, 1)
    if own_prefix and not family.lower().startswith(own_prefix.lower()):
        family = f"{own_prefix} {family}"
    return _Parts(
        family=family,
        given=_part(components, first + 1),
        middle=_part(components, first + 2),
        suffix=_part(components, first + 3),
        prefix=_part(components, first + 4),
        degree=_part(components, first + 5),
    )


def _part(components: Components, index: int, subcomponent: int = 0) -> str:
    if index >= len(components) or subcomponent >= len(components[index]):
        return ""
    text = components[index][subcomponent]
    return "" if text == '""' else " ".join(_FORBIDDEN.sub(" ", text).split())


def _script(name: _Parts, *, has_written: bool) -> int:
    """Return the PN group: 0 alphabetic, 1 ideographic, 2 phonetic (PS3.5 6.2.1)."""
    if name.script in ("A", "I", "P"):
        return "AIP".index(name.script)
    kinds = {_kind_of_letter(c) for c in name.family + name.given if c.isalpha()}
    if "CJK" in kinds or "HANGUL" in kinds:
        return 1
    if kinds and kinds <= {"HIRAGANA", "KATAKANA"}:
        return 2 if has_written else 1
    return 0


def _kind_of_letter(letter: str) -> str:
    return unicodedata.name(letter, "").split(" ")[0].split("-")[0]


def _fitted(name: _Parts) -> str:
    """Return the PN group, shortened to 64 characters; what names a person least goes first."""
    shorter: tuple[dict[str, str], ...] = (
        {},
        {"degree": ""},
        {"suffix": ""},
        {"prefix": ""},
        {"middle": name.middle[:1]},
        {"middle": ""},
    )
    for change in shorter:
        name = replace(name, **change)
        if len(name.group()) <= GROUP_MAX:
            return name.group()
    room = GROUP_MAX - 1 - max(min(len(name.family), GROUP_MAX - 2), 1)
    name = replace(name, given=name.given[: max(room, 0)])
    return name.group()[:GROUP_MAX].rstrip("^")
