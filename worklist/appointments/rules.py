"""Appointments as a sender tells them, and the table of their states; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

Command = Literal["book", "reschedule", "modify", "cancel", "discontinue", "delete", "no_show"]
Verdict = Literal["move", "stay", "ignore", "hold"]
"""move: to that state; stay: it is so already, attributes only; ignore: not even these, with a
warning; hold: a person decides."""

STATES: Final = (
    "proposed",
    "pending",
    "waitlist",
    "booked",
    "arrived",
    "checked_in",
    "fulfilled",
    "cancelled",
    "no_show",
    "entered_in_error",
)
OPEN: Final = ("proposed", "pending", "waitlist", "booked")
HERE: Final = ("arrived", "checked_in")
WANTED: Final = (
    "pending",
    "waitlist",
    "booked",
    "arrived",
    "checked_in",
    "fulfilled",
    "cancelled",
    "no_show",
    "entered_in_error",
)

_M, _S, _I, _H = "move", "stay", "ignore", "hold"
_ROWS: Final[dict[str, tuple[str, ...]]] = {
    # from               pend. wait. book. arr. chkin fulf. canc. no-sh error
    "proposed": (_M, _M, _M, _M, _M, _M, _M, _M, _M),
    "pending": (_S, _M, _M, _M, _M, _M, _M, _M, _M),
    "waitlist": (_M, _S, _M, _M, _M, _M, _M, _M, _M),
    "booked": (_M, _M, _S, _M, _M, _M, _M, _M, _M),
    "arrived": (_S, _S, _S, _S, _M, _M, _M, _H, _H),
    "checked_in": (_S, _S, _S, _S, _S, _M, _M, _H, _H),
    "fulfilled": (_S, _S, _S, _S, _S, _S, _H, _H, _H),
    "cancelled": (_M, _M, _M, _I, _I, _H, _S, _I, _M),
    "no_show": (_M, _M, _M, _M, _M, _H, _M, _S, _M),
    "entered_in_error": (_I, _I, _I, _I, _I, _I, _S, _I, _S),
}
APPOINTMENT_MOVES: Final[dict[tuple[str, str], Verdict]] = {
    (state, wanted): row[place]  # type: ignore[misc]
    for state, row in _ROWS.items()
    for place, wanted in enumerate(WANTED)
}
"""(state, wanted) to what is done. Who is here stays here, whatever is booked again; who was
missed or cancelled may be booked again, and who was missed may come after all."""

LEADS_TO: Final[dict[Command, str]] = {
    "book": "booked",
    "reschedule": "booked",
    "modify": "",
    "cancel": "cancelled",
    "discontinue": "cancelled",
    "delete": "entered_in_error",
    "no_show": "no_show",
}
"""What each event wants where SCH-25 says nothing else; modify wants nothing."""

MAY_BE_NAMED: Final = frozenset({"book", "reschedule", "modify"})
"""Events whose SCH-25 tells the state; of the others the event itself does."""

COPIED: Final = (
    "placer_number",
    "placer_namespace",
    "filler_number",
    "filler_namespace",
    "group_number",
    "placer_order_number",
    "placer_order_namespace",
    "filler_order_number",
    "filler_order_namespace",
    "seconds",
    "schedule_id",
    "event_reason",
    "reason",
    "kind",
    "priority",
    "contact",
    "entered_by",
    "notes",
)
"""Fields an appointment keeps as last told; what is left out stays."""


@dataclass(frozen=True, kw_only=True)
class ResourceFacts:
    """One AIS, AIG, AIL or AIP."""

    kind: str
    group: str = ""
    code: str = ""
    scheme: str = ""
    text: str = ""
    start: datetime | None = None
    seconds: int = 0
    status: str = ""


@dataclass(frozen=True, kw_only=True)
class AppointmentFacts:
    """What a message says of an appointment. Empty means not said; `cleared` what it emptied.

    `resources` of None were not told; told, they are all there are. `station_ae_title` is the
    equipment that is one of our stations, as the sender names it.
    """

    filler_number: str = ""
    filler_namespace: str = ""
    placer_number: str = ""
    placer_namespace: str = ""
    occurrence: str = ""
    group_number: str = ""
    placer_order_number: str = ""
    placer_order_namespace: str = ""
    filler_order_number: str = ""
    filler_order_namespace: str = ""
    status: str = ""  # SCH-25 in our words
    start: datetime | None = None
    seconds: int = 0
    zone: str = ""
    wall_time: str = ""
    schedule_id: str = ""
    event_reason: str = ""
    reason: str = ""
    kind: str = ""
    priority: str = ""
    contact: str = ""
    entered_by: str = ""
    notes: str = ""
    visit_number: str = ""
    visit_authority: str = ""
    station_ae_title: str = ""
    resources: tuple[ResourceFacts, ...] | None = None
    cleared: frozenset[str] = frozenset()
    event_at: datetime | None = None
    sender: str = ""

    @property
    def names_order(self) -> bool:
        """Say whether the message names the order it is about."""
        return bool(self.placer_order_number or self.filler_order_number)

    @property
    def procedure_codes(self) -> tuple[str, ...]:
        """Return the codes of what is to be done."""
        services = (r.code for r in self.resources or () if r.kind == "service")
        return tuple(code for code in services if code)


def wanted(command: Command, *, named: str = "", moves: bool = False) -> str:
    """Return the state an event wants; `named` is SCH-25, `moves` says it brings a new time.

    A change that brings a new time is a booking of that time. "" wants nothing.
    """
    if named and command in MAY_BE_NAMED:
        return named
    return LEADS_TO[command] or ("booked" if moves else "")


def judge(status: str, want: str, *, command: Command, late: bool, moves: bool = False) -> Verdict:
    """Say what is done about `want` ("": nothing) for an appointment in `status`.

    `late`: its sender told something newer of the state before. `moves`: it brings a new time,
    which who was seen cannot be given.
    """
    if status == "fulfilled" and moves and not late and command in ("reschedule", "modify"):
        return "hold"
    if not want:
        return "stay"
    verdict = APPOINTMENT_MOVES[status, want]
    if late and verdict in ("move", "hold"):
        return "stay"
    if verdict == "move" and status in ("cancelled", "no_show") and command == "modify":
        return "ignore" if want in OPEN else verdict
    return verdict
