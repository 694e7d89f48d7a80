"""Character sets: MSH-18 (HL7 table 0211) to codec, and bytes to text."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from pacs_hub.kernel.errors import Malformed

CODECS: Final[dict[str, str]] = {
    "ASCII": "ascii",
    "ISO IR6": "ascii",
    "8859/1": "iso8859-1",
    "8859/2": "iso8859-2",
    "8859/3": "iso8859-3",
    "8859/4": "iso8859-4",
    "8859/5": "iso8859-5",
    "8859/6": "iso8859-6",
    "8859/7": "iso8859-7",
    "8859/8": "iso8859-8",
    "8859/9": "iso8859-9",
    "8859/15": "iso8859-15",
    "ISO IR14": "shift_jis",
    "ISO IR87": "iso2022_jp_2",
    "ISO IR159": "iso2022_jp_2",
    "KS X 1001": "euc_kr",
    "GB 18030-2000": "gb18030",
    "BIG-5": "big5",
    "UNICODE": "utf-8",
    "UNICODE UTF-8": "utf-8",
}
"""HL7 table 0211 to Python codec; UTF-16 and UTF-32 cannot travel in MLLP."""

_SHIFTED: Final = "iso2022_jp_2"  # reads the sets one can shift out of as well

_KANA: Final = "half-width kana"  # JIS X 0201, beside ASCII
_BESIDE_ASCII: Final[dict[bytes, str]] = {
    **{
        b"\x1b-" + final: f"iso8859-{part}"
        for final, part in zip(b"A B C D L G F H M b".split(), (*range(1, 10), 15), strict=True)
    },
    b"\x1b)I": _KANA,
    b"\x1b$)C": "euc_kr",
    b"\x1b$)A": "gb2312",
}
"""Escapes that name a set to stand beside ASCII (ISO/IEC 2022: G1)."""
_BESIDE: Final = re.compile(b"\x1b(?:-[A-Zb]|\\)I|\\$\\)[AC])")
_RUNS: Final = re.compile(b"(\x1b(?:[-()][A-Za-z]|\\$[()][A-Z]|\\$[A-Z@]))([^\x1b]*)", re.DOTALL)
_ENDS_VALUE: Final = re.compile(rb"([|^~&\r\n])")


class UndecodableText(Malformed):
    """A byte does not exist in the character set the message says it is in."""

    code = "undecodable"


class UnknownCharacterSet(Malformed):
    """MSH-18 names a character set that is not in table 0211, or that we do not read."""

    code = "not-in-table"


def codec_of(names: Sequence[str]) -> str:
    """Return the codec for the repetitions of MSH-18; "" where none is valued.

    Raises:
        UnknownCharacterSet: the first name is not in the table.
    """
    if not any(names):
        return ""
    known = [_codec(name) for name in names if name]
    if known[0] is None:
        raise UnknownCharacterSet("MSH-18 is not in table 0211", field="MSH-18")
    return _SHIFTED if _SHIFTED in known else known[0]


def _codec(name: str) -> str | None:
    upper = name.strip().upper()
    if upper in CODECS:
        return CODECS[upper]
    if upper.replace("_", " ").replace(" ", "") == "ISOIR192":  # DICOM's name for UTF-8
        return "utf-8"
    squeezed = upper.replace("ISO", "").replace("_", "").replace("-", "").replace(" ", "")
    if squeezed.startswith("8859") and f"8859/{squeezed[4:].lstrip('/')}" in CODECS:
        return CODECS[f"8859/{squeezed[4:].lstrip('/')}"]
    try:
        return codecs.lookup(name.strip()).name
    except LookupError:
        return None


def decode(raw: bytes, *, declared: Sequence[str], default: str = "") -> str:
    """Return the text of a message in Unicode NFC.

    `declared` is MSH-18, `default` what the sending peer is configured with. Where neither says
    anything, bytes that are valid UTF-8 are read as that, any others as Latin-1.

    Raises:
        UndecodableText: a byte does not exist in the character set, or is NUL.
        UnknownCharacterSet: MSH-18 is not in table 0211.
    """
    if b"\0" in raw:  # in no text of any set; PostgreSQL could keep none of it
        raise UndecodableText("the message holds a NUL, which is no character", field="MSH-18")
    raw = raw.removeprefix(codecs.BOM_UTF8)
    sets = declared if any(declared) else default.split("~")
    codec = codec_of(sets)
    if raw.isascii() and b"\x1b" not in raw:
        return raw.decode("ascii")
    try:
        first = codec_of(sets[:1])
        switches = b"\x1b" in raw and (first == "shift_jis" or _BESIDE.search(raw))
        text = _switched(raw, first) if switches else raw.decode(codec or "utf-8")
    except UnicodeError as error:
        if codec:
            raise UndecodableText(
                f"the message holds a byte that does not exist in {codec}", field="MSH-18"
            ) from error
        text = raw.decode("latin-1")
    return unicodedata.normalize("NFC", text)


def _switched(raw: bytes, first: str) -> str:
    """Return text that names sets beside ASCII as it goes (ISO/IEC 2022, MSH-20).

    A value begins with the set MSH-18 names first, whatever stood before its separator.
    """
    home = "ascii" if first in ("", "ascii", _SHIFTED, "shift_jis") else first
    home = _KANA if first == "shift_jis" else home
    beside, text = home, []
    for escape, run in _RUNS.findall(b"\x1b(B" + raw):
        if escape in _BESIDE_ASCII:
            beside, seven = _BESIDE_ASCII[escape], False
        else:
            seven = escape not in (b"\x1b(B", b"\x1b(J")
        if seven:  # a set in the place of ASCII ends before a separator
            text.append((escape + run + b"\x1b(B").decode(_SHIFTED))
            continue
        for part in _ENDS_VALUE.split(run):
            text.append(_beside(part, beside))
            beside = home if _ENDS_VALUE.fullmatch(part) else beside
    return "".join(text)


def _beside(part: bytes, codec: str) -> str:
    if codec != _KANA:
        return part.decode(codec)
    return "".join(chr(b - 0xA1 + 0xFF61) if 0xA1 <= b <= 0xDF else chr(b) for b in part)


def encode(text: str, *, character_set: str) -> tuple[bytes, str]:
    """Return the bytes of an outgoing message and the MSH-18 that tells of them.

    Text that the peer's `character_set` cannot hold leaves as UTF-8.
    """
    codec = codec_of([character_set]) or "ascii"
    try:
        return text.encode(codec), _named(codec) if character_set else ""
    except UnicodeError:
        return text.encode("utf-8"), "UNICODE UTF-8"


def _named(codec: str) -> str:
    """Return the name in table 0211, whatever the site file calls it."""
    same = (name for name, known in CODECS.items() if codecs.lookup(known) == codecs.lookup(codec))
    return "UNICODE UTF-8" if codec == "utf-8" else next(same, codec.upper())
