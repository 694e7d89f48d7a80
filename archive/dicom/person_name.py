"""Comparing person names (PN, PS3.5 6.2) without case, accents and padding; pure."""

from __future__ import annotations

import re
import unicodedata

from archive.dicom.matching import Single, Wildcard, wildcard_regex


def fold(name: str) -> str:
    """Return one component group without case, accents, padding and trailing separators."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(c for c in decomposed if not unicodedata.combining(c))
    parts = (" ".join(part.split()) for part in letters.split("^"))
    return "^".join(parts).rstrip("^")


def matches(key: Single | Wildcard, name: str) -> bool:
    """Say whether any component group of `name` matches a group of the key (PS3.4 C.2.2.2.1).

    "SMITH^*" also matches a Smith without a given name.
    """
    groups = [group for group in (fold(part) for part in name.split("=")) if group]
    value = key.pattern if isinstance(key, Wildcard) else key.value
    wanted = [group for group in (fold(part) for part in value.split("=")) if group]
    return any(_group_matches(want, group) for want in wanted for group in groups)


def _group_matches(want: str, group: str) -> bool:
    pattern = re.compile(wildcard_regex(want), re.DOTALL)
    return any(pattern.fullmatch(form) for form in (group, group + "^"))
