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
_REPRESENTATIONS: Final = "AIP"
_ROOMY: Final = (
    60  # of the 64 characters of a group, what a family name may take beside a given one
)
_MARKS_OF_KANA: Final = "\u30fc\uff70"  # the long vowel sign goes with any kana
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


@dataclass(frozen=True)
class PatientNames:
    """What PID-5 and PID-9 say: the legal name and the others as DICOM PNs.

    `others` are pairs of a PN and its type (XPN-7, HL7 table 0200). `shortened`: a part was left
    out so that a group fits into 64 characters.
    """

    name: str = ""
    others: tuple[tuple[str, str], ...] = ()
    shortened: bool = False


def patient_name(repetitions: Sequence[Components]) -> str:
    """Return the DICOM PN for PID-5: the legal name, in up to three scripts."""
    return patient_names(repetitions).name


def patient_names(
    repetitions: Sequence[Components], aliases: Sequence[Components] = ()
) -> PatientNames:
    """Return the legal name and every other name of the repetitions of PID-5, and of PID-9.

    Legal is XPN-7 L, else D, else the first that is no maiden, birth or other former name.
    """
    names = _valued(repetitions)
    if not names:
        return PatientNames(others=_others(_valued(aliases)))
    chosen = min(names, key=lambda n: _BEST_KINDS.get(n.kind, 2 + (n.kind in _OTHER_KINDS)))
    same_kind = [n for n in names if n.kind == chosen.kind]
    groups, left = _grouped([chosen, *(n for n in same_kind if n is not chosen)])
    others = [n for n in names if n.kind != chosen.kind] + left
    return PatientNames(
        name=_joined(groups),
        others=_others([*others, *_valued(aliases)]),
        shortened=any(_fitted(n) != n.group() for n in groups if n is not None),
    )


def _valued(repetitions: Sequence[Components]) -> list[_Parts]:
    return [name for name in map(_xpn, repetitions) if not name.empty]


def _grouped(names: Sequence[_Parts]) -> tuple[list[_Parts | None], list[_Parts]]:
    """Put names of one kind into the three groups of a PN; returns those with no room as well."""
    groups: list[_Parts | None] = [None, None, None]
    left: list[_Parts] = []
    written = any(_script(name, has_written=False) == 1 for name in names)
    marked_first = sorted(names, key=lambda name: name.script not in _REPRESENTATIONS)
    for name in marked_first:
        place = _script(name, has_written=written)
        if groups[place] is not None and place == 2 and _is_half_width(name):
            place = 0  # a name of half-width katakana may stand in the first group (PS3.5 H.3)
        if groups[place] is None:
            groups[place] = name
        else:
            left.append(name)
    return groups, left


def _joined(groups: Sequence[_Parts | None]) -> str:
    return "=".join("" if name is None else _fitted(name) for name in groups).rstrip("=")


def _others(names: Sequence[_Parts]) -> tuple[tuple[str, str], ...]:
    """Return further names, those of one type in up to three scripts as one."""
    found: list[tuple[str, str]] = []
    for kind in dict.fromkeys(name.kind for name in names):
        rest = [name for name in names if name.kind == kind]
        while rest:
            groups, rest = _grouped(rest)
            if (pair := (_joined(groups), kind)) not in found:
                found.append(pair)
    return tuple(found)


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
    family = family or _part(components, first, 2)
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
    if text == '""':
        return ""
    return unicodedata.normalize("NFC", " ".join(_FORBIDDEN.sub(" ", text).split()))


def _script(name: _Parts, *, has_written: bool) -> int:
    """Return the PN group: 0 alphabetic, 1 ideographic, 2 phonetic (PS3.5 6.2.1)."""
    if name.script and name.script in _REPRESENTATIONS:
        return _REPRESENTATIONS.index(name.script)
    kinds = _kinds_of_letters(name)
    if kinds & {"CJK", "HANGUL"}:
        return 1
    if kinds and kinds <= {"HIRAGANA", "KATAKANA", "HALFWIDTH"}:
        return 2 if has_written else 1
    return 0


def _is_half_width(name: _Parts) -> bool:
    return _kinds_of_letters(name) == {"HALFWIDTH"}


def _kinds_of_letters(name: _Parts) -> set[str]:
    return {
        unicodedata.name(letter, "").split(" ")[0].split("-")[0]
        for letter in name.family + name.given
        if letter.isalpha() and letter not in _MARKS_OF_KANA
    }


def _fitted(name: _Parts) -> str:
    """Return the PN group, shortened to 64 characters; what names a person least goes first.

    A family name keeps at least 32 characters, whatever else there is.
    """
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
    given = _cut(name.given, max(GROUP_MAX - 1 - len(name.family), GROUP_MAX - 1 - _ROOMY, 1))
    room = GROUP_MAX - (1 + len(given) if given else 0)
    return replace(name, given=given, family=_cut(name.family, room)).group()


def _cut(text: str, longest: int) -> str:
    """Return the beginning of a text; a letter is not parted from the marks that belong to it."""
    if len(text) <= longest:
        return text
    end = longest
    while end and unicodedata.category(text[end]).startswith("M"):
        end -= 1
    return text[:end].rstrip()
