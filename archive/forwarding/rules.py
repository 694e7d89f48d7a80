"""Which studies go where, when, and what the answers to them mean; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final, Literal

from archive.keeping.rules import matches
from archive.requestor.retries import DELAYS, next_call

SETTLED, INSTANCE, NIGHT = "settled", "instance", "night"
WHEN: Final = (SETTLED, INSTANCE, NIGHT)
BASIC: Final = "basic"
RETAIN: Final = ("modified-dates", "patient-characteristics", "device-identity")
SYNTAXES: Final = {
    "implicit": "1.2.840.10008.1.2",
    "explicit": "1.2.840.10008.1.2.1",
    "rle": "1.2.840.10008.1.2.5",
    "jpeg-lossless": "1.2.840.10008.1.2.4.70",
    "jpeg-ls": "1.2.840.10008.1.2.4.80",
    "jpeg-2000": "1.2.840.10008.1.2.4.90",
    "htj2k": "1.2.840.10008.1.2.4.201",
}
"""What a rule may ask for; none of them loses anything."""

LONGEST: Final = timedelta(days=7)
BREAKS: Final = 3
OPEN_MINUTES: Final = (1, 2, 5, 10, 15)
_WINDOW: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")

Outcome = Literal["sent", "warning", "later", "failed"]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One `[[forward]]` table. What is empty matches everything."""

    name: str
    to: str
    when: str = SETTLED
    window: str = ""
    modality: tuple[str, ...] = ()
    station: tuple[str, ...] = ()
    calling_ae: tuple[str, ...] = ()
    body_part: str = ""
    description: str = ""
    sop_classes: tuple[str, ...] = ()
    linked: bool = False
    transfer_syntax: str = ""
    anonymise: str = ""
    retain: tuple[str, ...] = ()
    burned_in: bool = False


@dataclass(frozen=True, kw_only=True)
class StudyFacts:
    """What a rule asks of a study: the values of all its series, and who sent it."""

    modalities: frozenset[str]
    stations: frozenset[str]
    senders: frozenset[str]
    body_parts: frozenset[str]
    description: str
    is_linked: bool


def applies(rule: Rule, study: StudyFacts) -> bool:
    """Say whether the rule speaks of the study: one series, or one sender, is enough for it."""
    if rule.linked and not study.is_linked:
        return False
    for wanted, there in (
        (rule.modality, study.modalities),
        (rule.station, study.stations),
        (rule.calling_ae, study.senders),
        ((rule.body_part,) if rule.body_part else (), study.body_parts),
    ):
        if wanted and not there & set(wanted):
            return False
    return not rule.description or matches(rule.description, study.description)


def is_window(text: str) -> bool:
    """Say whether it is a time window such as 20:00-06:00."""
    found = _WINDOW.fullmatch(text)
    return found is not None and found.group(1, 2) != found.group(3, 4)


def is_open(window: str, local: datetime) -> bool:
    """Say whether things may be sent at this local time; always without a window."""
    if not window:
        return True
    start, end = _ends(window)
    now = local.time().replace(tzinfo=None)
    return start <= now < end if start < end else now >= start or now < end


def opens_at(window: str, local: datetime) -> datetime:
    """Return when the window is open next: now, or at its start today or tomorrow."""
    if is_open(window, local):
        return local
    start, _ = _ends(window)
    at = local.replace(hour=start.hour, minute=start.minute, second=0, microsecond=0)
    return at if at > local else at + timedelta(days=1)


def outcome_of(status: int) -> Outcome:
    """Return what the status of a C-STORE means (PS3.4 B.2.3): refusals alone are tried again."""
    if status == 0x0000:
        return "sent"
    if status & 0xF000 == 0xB000 or status in {0x0001, 0x0107, 0x0116}:
        return "warning"
    return "later" if status & 0xFF00 == 0xA700 else "failed"


def words_for(status: int, *, ae_title: str) -> str:
    """Return in plain words what a peer answered."""
    if status & 0xFF00 == 0xA700:
        text = "has no room for it now"
    elif status & 0xFF00 == 0xA900:
        text = "says that the object does not fit its SOP class"
    elif status & 0xF000 == 0xC000:
        text = "cannot understand the object"
    elif status == 0x0122:
        text = "does not take this SOP class"
    elif status & 0xF000 == 0xB000:
        text = "took the object and changed or left out something"
    else:
        text = "refused the object"
    return f"{ae_title} {text} (0x{status:04X})"


def later(*, attempts: int, now: datetime, since: datetime) -> datetime | None:
    """Return when to try again after failure number `attempts`, of which the first was at `since`.

    None after a week: a person has to look.
    """
    if now - since >= LONGEST:
        return None
    return next_call(attempts=min(attempts, len(DELAYS)), now=now)


def open_for(openings: int) -> timedelta:
    """Return how long a circuit stays open at its opening number `openings` (1 for the first)."""
    return timedelta(minutes=OPEN_MINUTES[min(openings, len(OPEN_MINUTES)) - 1])


def _ends(window: str) -> tuple[time, time]:
    first, second, third, fourth = (int(part) for part in re.findall(r"\d\d", window))
    return time(first, second), time(third, fourth)
