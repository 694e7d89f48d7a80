"""What each state is called and which tone it has: the same word on every page; pure.

A tone is one of ok (done), run (happening), wait (waits for someone), bad (wrong), none (not yet).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Protocol

LATE_AFTER: Final = timedelta(minutes=15)
IMAGES_DUE_AFTER: Final = timedelta(minutes=30)
REPORT_DUE_AFTER: Final = timedelta(hours=4)


@dataclass(frozen=True, kw_only=True)
class Axis:
    """One state to show: a dot of this tone, a word, and something smaller beside it."""

    tone: str
    word: str
    aside: str = ""
    title: str = ""


class ExamState(Protocol):
    """What the wording needs of an exam."""

    status: str
    report_status: str
    charge_status: str
    charge_note: str
    image_status: str
    image_note: str
    number_of_instances: int
    inferred: list[str]
    ordered_at: datetime
    scheduled_for: datetime | None
    arrived_at: datetime | None
    started_at: datetime | None
    completed_at: datetime | None


STATUS_WORDS: Final[dict[str, tuple[str, str]]] = {
    "ordered": ("none", "ordered"),
    "scheduled": ("none", "scheduled"),
    "arrived": ("wait", "arrived"),
    "in_progress": ("run", "in progress"),
    "completed": ("ok", "completed"),
    "discontinued": ("wait", "discontinued"),
    "cancelled": ("none", "cancelled"),
    "no_show": ("none", "no show"),
}
REPORT_WORDS: Final[dict[str, tuple[str, str]]] = {
    "none": ("none", "–"),
    "preliminary": ("wait", "preliminary"),
    "final": ("ok", "final"),
    "amended": ("ok", "amended"),
}
CHARGE_WORDS: Final[dict[str, tuple[str, str]]] = {
    "none": ("none", "expected"),
    "held": ("wait", "held"),
    "ready": ("run", "ready"),
    "sent": ("run", "sent"),
    "accepted": ("ok", "accepted"),
    "rejected": ("bad", "rejected"),
    "credited": ("none", "credited"),
    "void": ("none", "void"),
}
STRIP_WORDS: Final[dict[str, str]] = {
    "ordered": "ordered",
    "scheduled": "scheduled",
    "arrived": "arrived",
    "in_progress": "in progress",
    "to_report": "to report",
    "to_charge": "to charge",
    "closed": "closed",
}
DOOR_WORDS: Final[dict[str, str]] = {
    "dimse": "DICOM",
    "dicom": "DICOM",
    "hl7": "HL7",
    "http": "web",
    "dicomweb": "DICOMweb",
    "fhir": "FHIR",
    "hub": "hub",
}
PRIORITY_WORDS: Final[dict[str, str]] = {
    "S": "STAT",
    "STAT": "STAT",
    "A": "ASAP",
    "ASAP": "ASAP",
    "HIGH": "HIGH",
}
MESSAGE_WORDS: Final[dict[str, tuple[str, str]]] = {
    "received": ("wait", "waiting"),
    "processed": ("ok", "applied"),
    "refused": ("bad", "refused"),
    "duplicate": ("none", "seen before"),
    "held": ("wait", "held for a person"),
    "parked": ("wait", "waits for another message"),
    "dismissed": ("none", "dismissed"),
    "shadowed": ("none", "only tried (shadow)"),
    "queued": ("wait", "queued"),
    "sent": ("run", "sent, no answer yet"),
    "accepted": ("run", "received, not applied yet"),
    "acknowledged": ("ok", "acknowledged"),
    "skipped": ("none", "left out"),
    "rejected": ("bad", "refused by receiver"),
    "dead": ("bad", "given up"),
}
LINK_WORDS: Final[dict[str, tuple[str, str]]] = {
    "linked": ("ok", "linked"),
    "unmatched": ("wait", "no exam"),
    "conflict": ("bad", "conflict"),
    "": ("none", "being looked at"),
}
ATTRIBUTE_WORDS: Final[dict[str, str]] = {
    "PatientName": "Name",
    "PatientID": "Patient ID",
    "PatientBirthDate": "Birth date",
    "PatientSex": "Sex",
}
NOT_HAPPENING: Final = frozenset({"cancelled", "no_show", "discontinued"})


def order_axis(exam: ExamState) -> Axis:
    """Say where the order is."""
    if exam.status == "cancelled":
        return Axis(tone="none", word="cancelled")
    return Axis(tone="ok", word="placed")


def step_axis(exam: ExamState, *, now: datetime) -> Axis:
    """Say where the exam itself is, since when, and whether anybody said so."""
    tone, word = STATUS_WORDS[exam.status]
    aside, title = "", ""
    if exam.status == "in_progress" and exam.started_at:
        aside = span(now - exam.started_at)
    elif exam.status == "arrived" and exam.arrived_at:
        aside = span(now - exam.arrived_at)
    elif exam.status == "scheduled" and is_late(exam.scheduled_for, now=now):
        tone, aside = "wait", "late"
        title = "not started, more than 15 minutes after its time"
    elif exam.status == "completed" and {"completed_at", "started_at"} & set(exam.inferred):
        aside, title = "inferred", "nobody said so; the hub concluded it from what arrived"
    return Axis(tone=tone, word=word, aside=aside, title=title)


def is_late(scheduled_for: datetime | None, *, now: datetime) -> bool:
    """Say whether a step that has not begun is past its time."""
    return scheduled_for is not None and now - scheduled_for > LATE_AFTER


def image_axis(exam: ExamState, *, now: datetime) -> Axis:
    """Say where the images are, and what is wrong with them."""
    count = exam.number_of_instances
    if exam.image_status == "receiving":
        return Axis(tone="run", word=f"{count} arriving")
    if exam.image_status == "received":
        return Axis(tone="ok", word=str(count), title=plural(count, "image"))
    if exam.image_status in {"unmatched", "conflict"}:
        note = exam.image_note or exam.image_status
        return Axis(tone="bad", word=f"{count} · {note}", title=exam.image_note)
    if exam.image_note:
        return Axis(tone="none", word="removed", title=exam.image_note)
    done = exam.status == "completed" and exam.completed_at
    if done and now - done > IMAGES_DUE_AFTER:
        return Axis(tone="wait", word="none yet", title="completed more than 30 minutes ago")
    return Axis(tone="none", word="–", title="no images yet")


def report_axis(exam: ExamState, *, now: datetime) -> Axis:
    """Say where the report is."""
    tone, word = REPORT_WORDS[exam.report_status]
    done = exam.status == "completed" and exam.completed_at
    if exam.report_status == "none" and done:
        late = now - done > REPORT_DUE_AFTER
        return Axis(tone="wait" if late else "none", word="to report", title="no report yet")
    return Axis(tone=tone, word=word, title="no report yet" if word == "–" else "")


def charge_axis(exam: ExamState) -> Axis:
    """Say where the charge is; what is wrong stands in place of the state's name."""
    tone, word = CHARGE_WORDS[exam.charge_status]
    if exam.charge_status == "none" and exam.status in NOT_HAPPENING:
        return Axis(tone="none", word="–", title="nothing to charge")
    if exam.charge_status == "rejected" and exam.charge_note:
        return Axis(tone=tone, word=exam.charge_note, title=f"rejected: {exam.charge_note}")
    if exam.charge_status == "held" and exam.charge_note:
        return Axis(tone=tone, word=f"held: {exam.charge_note}", title=exam.charge_note)
    return Axis(tone=tone, word=word)


def person_name(name: str) -> str:
    """Return a DICOM PN as people write it: own script first, "Family, Given" (PS3.5 6.2.1)."""
    groups = [group for group in name.split("=") if group.strip("^ ")]
    if not groups:
        return "name not given"
    shown = groups[1] if len(groups) > 1 else groups[0]
    parts = [part.strip() for part in shown.split("^")]
    family, given = parts[0], " ".join(part for part in parts[1:3] if part)
    text = ", ".join(part for part in (family, given) if part)
    return text.title() if text.isupper() and len(text) > 2 else text


def person_name_title(name: str) -> str:
    """Return what stands behind the shown name: the PN as it was sent."""
    return name.strip("=^ ")


def age(birth_date: date | None, *, on: date) -> str:
    """Return an age as "54", "8 mo" or "3 d"; "?" where the birth date is not known."""
    if birth_date is None:
        return "?"
    years = on.year - birth_date.year - ((on.month, on.day) < (birth_date.month, birth_date.day))
    if years >= 2:
        return str(years)
    days = (on - birth_date).days
    return f"{days // 30} mo" if days >= 60 else f"{max(days, 0)} d"


def span(length: timedelta) -> str:
    """Return a length of time as a person says it: "6 min", "3 h", "2 d"."""
    minutes = max(int(length.total_seconds() // 60), 0)
    if minutes < 1:
        return "now"
    if minutes < 120:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h" if hours < 48 else f"{hours // 24} d"


def plural(count: int, noun: str, nouns: str = "") -> str:
    """Return "1 image", "2 images", "12,000 images"."""
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"
