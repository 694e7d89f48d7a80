"""What the pages of a study say in words; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

REASONS: Final = (
    ("113001", "Bad quality", "not fit to be read, such as blurred or cut off"),
    ("113037", "Patient safety", "a danger if anybody reads it, such as the wrong side marked"),
    ("113038", "Wrong worklist entry", "made under another patient's or another order's entry"),
    ("113039", "Kept long enough", "the retention period is over; the rules may delete it"),
)
"""Codes of rejection (RAD TF-3 4.66.4.1.3), each with a name and what it means."""

KEPT_ASIDE: Final[dict[str, str]] = {
    "duplicate-instance": "Same UID, other content",
    "not-dicom": "Not DICOM",
    "truncated": "Cut off",
    "other-study": "Series of another study",
    "missing-patient-id": "No patient ID",
    "patient-conflict": "Another patient's name",
    "class-mismatch": "Not the class announced",
    "missing-identity": "UIDs are missing",
    "bad-uid": "Not a valid UID",
    "unknown-sop-class": "A class we do not know",
}


@dataclass(frozen=True, kw_only=True)
class Advice:
    """The one thing that needs somebody, and where on the page."""

    tone: str
    text: str
    to: str = ""
    word: str = ""


def advice_on(study: Any, match: Any, volume: dict[str, int]) -> Advice | None:
    """Return what to do next with the study; None where all is well."""
    if study.number_of_instances == 0:
        text = "Everything in this study is out of use: nobody is shown it and nothing leaves."
        return Advice(tone="bad", text=text, to="#rejected", word="Look")
    if study.state == "receiving":
        return Advice(tone="run", text="Objects are still arriving. The counts grow by themselves.")
    if match is not None and match.state == "conflict":
        why = match.reasons[0] if match.reasons else "they contradict the exam"
        text = f"These images are held: {why}. They are shown under no exam until somebody decides."
        return Advice(tone="bad", text=text, to="#exam", word="Resolve")
    if match is not None and match.state == "unmatched":
        text = "No exam claims these images yet."
        return Advice(tone="wait", text=text, to="#exam", word="Find the exam")
    if volume["out_of_use"]:
        text = f"{volume['out_of_use']} of the objects are out of use."
        return Advice(tone="wait", text=text, to="#rejected", word="Look")
    return None


OPEN_SENDINGS: Final = frozenset({"queued"})
_SENDINGS: Final[dict[str, tuple[str, str]]] = {
    "paused": ("none", "paused"),
    "sent": ("ok", "sent"),
    "failed": ("bad", "refused by the peer"),
    "given-up": ("bad", "given up"),
    "cancelled": ("none", "cancelled"),
}


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A dot of this tone, a word, and something smaller beside it."""

    tone: str
    word: str
    aside: str = ""


def sending_axis(sending: Any) -> Shown:
    """Return how far a sending is, in a word."""
    count = f"{sending.number_sent} of {sending.number_of_items}"
    if sending.state in _SENDINGS:
        tone, word = _SENDINGS[sending.state]
        if sending.state == "sent" and sending.number_of_warnings:
            return Shown(tone="wait", word="sent, changed by the peer", aside=count)
        return Shown(tone=tone, word=word, aside=count)
    if sending.attempts:
        tries = "1 try" if sending.attempts == 1 else f"{sending.attempts} tries"
        return Shown(tone="wait", word="waits for the peer", aside=f"{count}, {tries}")
    if sending.number_sent:
        return Shown(tone="run", word="sending", aside=count)
    return Shown(tone="wait", word="queued", aside=count)
