"""A report as a PDF page or two, of its text alone."""

from __future__ import annotations

import functools
import logging
from datetime import datetime
from pathlib import Path
from typing import Final

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.errors import FPDFException
from fpdf.fonts import TTFFont

from integrations.hl7.maps.outgoing import Person

logger = logging.getLogger(__name__)

FOLDERS: Final = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
FONTS: Final = (  # the first is the text's; the others stand in where it lacks a letter
    "DejaVuSans.ttf",
    "NotoSans-Regular.ttf",
    "NotoSansArabic-Regular.ttf",
    "NotoSansHebrew-Regular.ttf",
    "NotoSansThai-Regular.ttf",
    "NotoSansCJK-Regular.ttc",
    "DroidSansFallbackFull.ttf",
    "wqy-zenhei.ttc",
    "wqy-microhei.ttc",
    "ipag.ttf",
    "fonts-japanese-gothic.ttf",
    "NanumGothic.ttf",
)
LATIN: Final = "helvetica"
SIZE, TITLE_SIZE, LINE = 10, 14, 5.5  # points, points, millimetres


def of(*, text: str, title: str, heading: tuple[str, ...]) -> bytes:
    """Return the PDF; empty where no font of this machine has the letters of the text.

    A page with holes in it would be worse than none: the message carries the whole text too.
    """
    letters = {ord(c) for c in "".join((text, title, *heading)) if not c.isspace()}
    names = _names_for(frozenset(letters))
    if names is None:
        logger.warning("hl7.outbound.report.no_font", extra={"letters": len(letters)})
        return b""
    try:
        return _drawn(text, title, heading, names)
    except FPDFException as error:
        logger.warning("hl7.outbound.report.not_drawn", extra={"reason": type(error).__name__})
        return b""


def heading(person: Person, *, accession_number: str, at: datetime) -> tuple[str, ...]:
    """Return the lines above the report: whose it is, of what, from when."""
    name = " ".join(part for part in person.name.replace("=", " / ").split("^") if part)
    born = f", born {person.birth_date:%Y-%m-%d}" if person.birth_date else ""
    numbers = ", ".join(f"{value} ({issuer})" for value, issuer, _ in person.identifiers[:3])
    return (f"{name}{born}", numbers, f"Accession number {accession_number}, {at:%Y-%m-%d %H:%M}")


def _drawn(text: str, title: str, lines: tuple[str, ...], names: tuple[str, ...]) -> bytes:
    pdf = FPDF(format="A4")
    pdf.set_margin(20)
    pdf.set_auto_page_break(True, margin=20)
    pdf.set_title(title)
    for name in names:
        pdf.add_font(name, fname=_found()[name])
    family = names[0] if names else LATIN
    if len(names) > 1:
        pdf.set_fallback_fonts(list(names[1:]), exact_match=False)
    pdf.add_page()
    for size, line in ((TITLE_SIZE, title), *((SIZE, line) for line in lines)):
        pdf.set_font(family, size=size)
        pdf.multi_cell(0, LINE * size / SIZE, line, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pdf.ln(LINE)
    pdf.multi_cell(0, LINE, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")
    return bytes(pdf.output())


def _names_for(letters: frozenset[int]) -> tuple[str, ...] | None:
    """Return the fonts that together have all letters, () for the built-in one, None: none do."""
    if all(letter < 0x100 for letter in letters):
        return ()
    chosen: list[str] = []
    missing = set(letters)
    for name in _found():
        has = missing & _letters_of(name)
        if has or not chosen:
            chosen.append(name)
            missing -= has
        if not missing:
            return tuple(chosen)
    return None


@functools.lru_cache(maxsize=1)
def _found() -> dict[str, Path]:
    """Return the fonts of this machine that are on our list, in its order."""
    here: dict[str, Path] = {}
    for folder in FOLDERS:
        for path in folder.rglob("*.tt[fc]"):
            here.setdefault(path.name, path)
    return {name: here[name] for name in FONTS if name in here}


@functools.lru_cache(maxsize=16)
def _letters_of(name: str) -> frozenset[int]:
    pdf = FPDF()
    pdf.add_font(name, fname=_found()[name])
    font = pdf.fonts[name.lower()]
    return frozenset(font.cmap) if isinstance(font, TTFFont) else frozenset()
