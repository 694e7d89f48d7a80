"""Letters a receiver cannot hold, written in Latin ones (ICAO 9303 part 3, section 6); pure."""

from __future__ import annotations

import unicodedata
from typing import Final

_LATIN: Final = {
    "ß": "ss", "ẞ": "SS", "Æ": "AE", "æ": "ae", "Œ": "OE", "œ": "oe", "Ø": "O", "ø": "o",
    "Đ": "D", "đ": "d", "Ð": "D", "ð": "d", "Þ": "TH", "þ": "th", "Ł": "L", "ł": "l",
    "Ħ": "H", "ħ": "h", "ı": "i", "Ŋ": "N", "ŋ": "n", "ĸ": "k", "Ŧ": "T", "ŧ": "t",
}  # fmt: skip
_CYRILLIC: Final = {
    "а": "a", "б": "b", "в": "v", "г": "g", "ґ": "g", "д": "d", "ђ": "d", "ѓ": "g", "е": "e",
    "ё": "e", "є": "ie", "ж": "zh", "з": "z", "ѕ": "dz", "и": "i", "і": "i", "ї": "i",
    "й": "i", "ј": "j", "к": "k", "л": "l", "љ": "lj", "м": "m", "н": "n", "њ": "nj",
    "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "ћ": "c", "ќ": "k", "у": "u", "ў": "u",
    "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "џ": "dz", "ш": "sh", "щ": "shch", "ъ": "ie",
    "ы": "y", "ь": "", "э": "e", "ю": "iu", "я": "ia",
}  # fmt: skip
_GREEK: Final = {
    "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "th",
    "ι": "i", "κ": "k", "λ": "l", "μ": "m", "ν": "n", "ξ": "x", "ο": "o", "π": "p",
    "ρ": "r", "σ": "s", "ς": "s", "τ": "t", "υ": "y", "φ": "f", "χ": "ch", "ψ": "ps",
    "ω": "o",
}  # fmt: skip
_PUNCTUATION: Final = {
    "‘": "'", "’": "'", "‚": ",", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-",
    "…": "...", "€": "EUR", "\u00a0": " ", "№": "No", "·": ".", "•": "*",
}  # fmt: skip
_TABLE: Final = _LATIN | _CYRILLIC | _GREEK | _PUNCTUATION


def in_latin(char: str) -> str | None:
    """Return what stands for a letter in ASCII; None where no table knows it."""
    if char in _TABLE:
        return _TABLE[char]
    lower = char.lower()
    if lower in _TABLE:
        return _TABLE[lower].capitalize()
    base = "".join(c for c in unicodedata.normalize("NFKD", char) if not unicodedata.combining(c))
    if base != char and base:
        parts = [c if c.isascii() else in_latin(c) for c in base]
        return "".join(p for p in parts if p is not None) if None not in parts else None
    return "" if unicodedata.combining(char) else None
