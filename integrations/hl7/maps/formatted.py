"""Formatted text (FT) to plain text: HL7 v2.5.1 2.7.6. Pure.

What is laid out with commands (.br .sp2 .in+4 .ti-4 .ce .sk3 .fi .nf between escape characters)
comes out as lines and spaces, which plain text, a page and a PDF show alike. Long lines are left
to wrap where they are shown.
"""

from __future__ import annotations

import re
from typing import Final

from integrations.hl7.message import Separators

WIDTH: Final = 72
MOST: Final = 40  # spaces or lines one command may ask for
_COMMAND: Final = re.compile(r"\.(br|sp|fi|nf|in|ti|sk|ce)\s*([+-]?\d{0,3})")


def formatted_text(raw: str, marks: Separators) -> str:
    """Return a value as sent, escapes and all, as plain text."""
    if not marks.escape or marks.escape not in raw:
        return raw.rstrip()
    page = _Page()
    mark = re.escape(marks.escape)
    end = 0
    for found in re.finditer(f"{mark}([^{mark}\r\n]{{0,64}}){mark}", raw):
        page.write(raw[end : found.start()])
        end = found.end()
        command = _COMMAND.fullmatch(found[1])
        if command is None:
            page.write(marks.unescape(found[0]))
        else:
            page.obey(command[1], command[2])
    page.write(raw[end:])
    return page.text()


class _Page:
    """Lines as they are laid out; the margin counts from the left."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line = ""
        self.margin = 0
        self.once: int | None = None  # margin of this line alone
        self.centred = False

    def write(self, text: str) -> None:
        first, *rest = text.split("\n")
        self.line += first
        for line in rest:
            self._end()
            self.line = line

    def obey(self, command: str, number: str) -> None:
        count = _bounded(number)
        if command == "br":
            self._end()
        elif command == "sp":
            self._end()
            self.lines += [""] * abs(count if count is not None else 1)
        elif command == "ce":
            if self.line.strip():
                self._end()
            self.centred = True
        elif command == "in":
            signed = number[:1] in ("+", "-")
            self.margin = max(0, (self.margin if signed else 0) + (count or 0))
            self.margin = min(self.margin, MOST)
        elif command == "ti":
            self.once = max(0, self.margin + (count or 0))
        elif command == "sk":
            self.line += " " * abs(count if count is not None else 1)

    def text(self) -> str:
        self._end()
        return "\n".join(self.lines).rstrip()

    def _end(self) -> None:
        text = self.line.rstrip()
        if self.centred and text:
            text = text.strip().center(WIDTH).rstrip()
        elif text:
            margin = self.margin if self.once is None else self.once
            text = " " * margin + (text.lstrip() if margin else text)
        self.lines.append(text)
        self.line, self.once, self.centred = "", None, False


def _bounded(number: str) -> int | None:
    if number in ("", "+", "-"):
        return None
    return max(-MOST, min(MOST, int(number)))
