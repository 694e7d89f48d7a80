"""What a person's name asks of the forms it is kept in (PS3.4 C.2.2.2.1.1)."""

from __future__ import annotations

from typing import Final

from django.db.models import Q

from archive.dicom.matching import Empty, Single, Wildcard
from archive.index.columns import NOTHING, either, like
from archive.index.keys import Match, Several
from archive.patients.rules import search_form, sounds_of

_GROUPS: Final = ("name_search", "name_ideographic", "name_phonetic")
_ONE_GROUP: Final = Q(name_ideographic="", name_phonetic="")


def named(match: Match, *, fuzzy: bool) -> Q:
    """Return what a name asks of a patient row: no case, no accents (PS3.4 C.2.2.2.1.1).

    A name of several groups asks each of its groups, one of a single group asks any of them.
    """
    if isinstance(match, Several):
        return either([named(each, fuzzy=fuzzy) for each in match.matches])
    if isinstance(match, Empty):
        return Q(name="")
    if not isinstance(match, Single | Wildcard):
        return Q()
    text = match.pattern if isinstance(match, Wildcard) else match.value
    literal = _literally(text)
    return literal | _sounding(text) if fuzzy else literal


def _literally(text: str) -> Q:
    groups = [search_form(group) for group in text.split("=")]
    if len(groups) == 1:
        first = _group(_GROUPS[0], groups[0])
        if groups[0].isascii():
            return first
        return either([first, *(_group(column, groups[0]) for column in _GROUPS[1:])])
    wanted = Q()
    for column, group in zip(_GROUPS, groups, strict=False):
        if group.strip("* "):
            wanted &= _group(column, group)
    return wanted


def _group(column: str, folded: str) -> Q:
    """Return the condition on one group; the first column has the other groups behind it."""
    ways = [_form(column, folded)]
    if folded.endswith(" *"):  # "DOE^*" is also met by a person without a given name
        ways.append(_form(column, folded[:-2]))
    if column == _GROUPS[0] and not folded.endswith("*"):
        ways.append(like(column, f"{folded} *") & ~_ONE_GROUP)
    return either(ways)


def _form(column: str, folded: str) -> Q:
    is_pattern = "*" in folded or "?" in folded
    return like(column, folded) if is_pattern else Q(**{column: folded})


def as_received(match: Match, *, prefix: str = "") -> list[Q]:
    """Return what a name asks of a study's header, whose name is kept in its search form.

    Any of the conditions will do; each of them has an index.
    """
    column = f"{prefix}name_search_received"
    if isinstance(match, Several):
        return [way for each in match.matches for way in as_received(each, prefix=prefix)]
    if isinstance(match, Empty):
        return [Q(**{column: ""})]
    if not isinstance(match, Single | Wildcard):
        return [Q()]
    text = match.pattern if isinstance(match, Wildcard) else match.value
    folded = search_form(text.split("=", 1)[0])
    ways = [_form(column, folded)]
    if folded.endswith(" *"):
        ways.append(Q(**{column: folded[:-2]}))
    if not folded.endswith("*"):
        ways.append(
            like(column, f"{folded} *") & Q(**{f"{prefix}patient_name_received__contains": "="})
        )
    return ways


def _sounding(text: str) -> Q:
    """Return the condition that family name and given names sound like these.

    The family name comes first, with or without the "^" behind it.
    """
    family, caret, given = text.split("=", 1)[0].partition("^")
    words = sounds_of(family.replace("*", " ").replace("?", " ")).split()
    later = sounds_of(given.replace("*", " ").replace("?", " ").replace("^", " ")).split()
    if not caret:
        words, later = words[:1], words[1:]
    if not words and not later:
        return NOTHING
    wanted = Q()
    if words:
        start = " ".join(words)
        # the first, wider condition is the one an index helps with
        wanted &= like("name_sounds", f"{start}*")
        wanted &= Q(name_sounds=start) | like("name_sounds", f"{start} *")
    for word in later:
        wanted &= like("name_sounds", f"* {word}*")
    return wanted


def is_latin(match: Match) -> bool:
    """Say whether the name is of one group and in Latin letters."""
    if isinstance(match, Several):
        return all(is_latin(each) for each in match.matches)
    text = match.pattern if isinstance(match, Wildcard) else getattr(match, "value", "")
    return "=" not in text.rstrip("=") and search_form(text).isascii()
