"""ORC-1 and ORC-5 to a command (HL7 tables 0119 and 0038). Rows, pure."""

from __future__ import annotations

from typing import Final, Literal

from pacs_hub.kernel.errors import Malformed

Command = Literal[
    "accept", "change", "cancel", "start", "complete", "discontinue", "hold", "release", "ignore"
]

COMMANDS: Final[dict[tuple[str, str], Command]] = {
    ("NW", ""): "accept",
    ("SN", ""): "accept",
    ("XO", ""): "change",
    ("XO", "IP"): "start",
    ("XO", "CM"): "complete",
    ("XX", ""): "change",
    ("SC", ""): "change",
    ("SC", "SC"): "change",
    ("SC", "IP"): "start",
    ("SC", "CM"): "complete",
    ("SC", "A"): "complete",
    ("SC", "CA"): "cancel",
    ("SC", "DC"): "discontinue",
    ("SC", "HD"): "hold",
    ("CA", ""): "cancel",
    ("DC", ""): "cancel",
    ("OC", ""): "cancel",
    ("CR", ""): "cancel",
    ("OD", ""): "discontinue",
    ("DR", ""): "discontinue",
    ("HD", ""): "hold",
    ("OH", ""): "hold",
    ("HR", ""): "hold",
    ("RL", ""): "release",
    ("OE", ""): "release",
    ("OR", ""): "release",
}
"""An empty ORC-5 stands for every status that has no row of its own."""

_IGNORED: Final = (
    "AF CH CN DE DF FU LI MC NA OF OK OP PA PR PY RE RF RO RP RQ RR RU SR SS UA UC UD UF UH UM UN "
    "UR UX XR"
)
IGNORED: Final = frozenset(_IGNORED.split())
"""Codes of table 0119 that ask for nothing we do: answers, queries, links, parents."""


class UnknownOrderControl(Malformed):
    """ORC-1 is empty or not in table 0119."""

    code = "not-in-table"


def command_of(control: str, status: str = "") -> Command:
    """Return what an order message asks for.

    Raises:
        UnknownOrderControl: ORC-1 is empty or not in the table.
    """
    control, status = control.upper(), status.upper()
    if found := COMMANDS.get((control, status)) or COMMANDS.get((control, "")):
        return found
    if control in IGNORED:
        return "ignore"
    raise UnknownOrderControl("ORC-1 is not in table 0119", field="ORC-1")
