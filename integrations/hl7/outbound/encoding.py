"""Text to the bytes of a character set of MSH-18, ISO 2022 switching included; pure.

HL7 v2.5.1 2.15.9.18 (MSH-18, table 0211) and 2.15.9.20 (MSH-20); ISO/IEC 2022. Separators are
ASCII, so a seven-bit set is always left before one; an eight-bit set is named again in each value.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from integrations.hl7 import charset
from pacs_hub.kernel.errors import Malformed

UTF_8: Final = "UNICODE UTF-8"
ASCII: Final = "ASCII"
_TO_ASCII: Final = b"\x1b(B"
_ENDS_VALUE: Final = frozenset("|^~&\\\r\n")


class CannotWrite(Malformed):
    """The character set is in table 0211, but messages are not written in it."""

    code = "character-set-not-written"


@dataclass(frozen=True)
class _Set:
    """One coded set: the codec that knows its characters and the escape that names it."""

    codec: str
    escape: bytes
    seven_bit: bool = False  # stands in G0, instead of ASCII; else in G1, beside it
    lead: bytes = b""  # of EUC-JP: what tells the third set from the second

    def bytes_of(self, char: str) -> bytes | None:
        """Return the character without any escape; None where it is not in the set."""
        try:
            raw = char.encode(self.codec)
        except UnicodeError:
            return None
        if self.codec != "euc_jp":
            return raw if min(raw) >= 0x80 else None
        if self.lead:
            return bytes(b & 0x7F for b in raw[1:]) if raw[:1] == self.lead else None
        return bytes(b & 0x7F for b in raw) if len(raw) == 2 and raw[0] > 0x8E else None


_SETS: Final[dict[str, _Set]] = {
    **{
        f"8859/{part}": _Set(f"iso8859-{part}", b"\x1b-" + final)
        for part, final in (
            (1, b"A"),
            (2, b"B"),
            (3, b"C"),
            (4, b"D"),
            (5, b"L"),
            (6, b"G"),
            (7, b"F"),
            (8, b"H"),
            (9, b"M"),
            (15, b"b"),
        )
    },
    "ISO IR87": _Set("euc_jp", b"\x1b$B", seven_bit=True),
    "ISO IR159": _Set("euc_jp", b"\x1b$(D", seven_bit=True, lead=b"\x8f"),
    "KS X 1001": _Set("euc_kr", b"\x1b$)C"),
}
_KANA: Final = "ISO IR14"
_KANA_ESCAPE: Final = b"\x1b)I"
WRITTEN: Final = (ASCII, *_SETS, _KANA, "GB 18030-2000", "BIG-5", UTF_8)
"""What MSH-18 of a receiver may name; several, parted by ~, are switched between."""


def names_of(character_set: str) -> tuple[str, ...]:
    """Return the repetitions of MSH-18 for what a peer is configured with.

    Raises:
        CannotWrite: one of them is not written.
    """
    names = tuple(name.strip() for name in character_set.split("~"))
    known = tuple(_known(name) if name else "" for name in names)
    if len(known) > 1 and set(known) & {"GB 18030-2000", "BIG-5", UTF_8}:
        raise CannotWrite(f"{character_set}: only sets of ISO 2022 can be switched between")
    return known


def _known(name: str) -> str:
    upper = name.upper()
    same = {"ISO IR6": ASCII, "UNICODE": UTF_8, "UTF-8": UTF_8}.get(upper, upper)
    if same in WRITTEN:
        return same
    codec = charset.codec_of([name])
    for written in WRITTEN:
        if charset.CODECS[written] == codec:
            return written
    raise CannotWrite(f"messages are not written in {name}")


@lru_cache(maxsize=64)
def repertoire(character_set: str) -> Repertoire:
    """Return what the character set of a peer holds; "" is ASCII.

    Raises:
        CannotWrite: it is not written.
    """
    names = tuple(name for name in names_of(character_set) if name)
    switches = "~" in character_set or set(names) & {"ISO IR87", "ISO IR159"}
    if not switches:
        return Repertoire(names[0] if names else ASCII, ())
    first = names[0] if names and names_of(character_set)[0] else ASCII
    return Repertoire(first, names)


class Repertoire:
    """The characters of one character set, or of several with escapes between."""

    def __init__(self, first: str, switched: tuple[str, ...]) -> None:
        self._first = first
        self._switched = [name for name in switched if name != ASCII]
        self._codec = charset.CODECS[first]

    def holds(self, char: str) -> bool:
        """Say whether the character can be written."""
        if char.isascii():
            return True
        if not self._switched:
            return _single(self._first, self._codec, char) is not None
        return bool(self._found(char)[1])

    def encode(self, text: str) -> bytes:
        """Return the bytes of a text all of whose characters it holds."""
        if not self._switched:
            if self._first == _KANA:
                return b"".join(_single(_KANA, "", char) or b"?" for char in text)
            return text.encode(self._codec)
        out, seven, beside = bytearray(), "", self._home  # what stands in G0 (""  ASCII) and G1
        for char in text:
            name, raw = ("", char.encode("ascii")) if char.isascii() else self._found(char)
            in_g0 = not name or (name in _SETS and _SETS[name].seven_bit)
            if in_g0 and name != seven:
                out += _SETS[name].escape if name else _TO_ASCII
                seven = name
            if char in _ENDS_VALUE and beside != self._home:
                out += self._escape(self._home)
                beside = self._home
            if not in_g0 and name != beside:
                out += self._escape(name)
                beside = name
            out += raw
        return bytes(out + _TO_ASCII if seven else out)

    @property
    def _home(self) -> str:
        """Return the set that stands beside ASCII when a value begins."""
        one = _SETS.get(self._first)
        return self._first if self._first == _KANA or (one and not one.seven_bit) else ""

    def _found(self, char: str) -> tuple[str, bytes]:
        """Return the set that has the character, and its bytes there; none where no set has."""
        for name in (self._home, *self._switched):
            if not name:
                continue
            raw = _single(name, "", char) if name == _KANA else _SETS[name].bytes_of(char)
            if raw is not None:
                return name, raw
        return self._home, b""

    def _escape(self, name: str) -> bytes:
        if name == _KANA:
            return _KANA_ESCAPE
        return _SETS[name].escape if name else b""


def _single(name: str, codec: str, char: str) -> bytes | None:
    if name == _KANA:  # JIS X 0201: ASCII beside half-width katakana
        half = 0xFF61 <= ord(char) <= 0xFF9F
        return bytes([ord(char) - 0xFF61 + 0xA1]) if half else _ascii(char)
    try:
        return char.encode(codec)
    except UnicodeError:
        return None


def _ascii(char: str) -> bytes | None:
    return char.encode("ascii") if char.isascii() else None
