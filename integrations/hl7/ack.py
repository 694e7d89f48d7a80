"""Acknowledgements: which answer each outcome gets, and how it is written.

HL7 v2.5.1 2.9 (original and enhanced mode), 2.15.5 (ERR), 2.15.8 (MSA).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Protocol

from pacs_hub.kernel.errors import Conflict, HubError, Malformed, Unavailable, Unknown, family_of

AckCode = Literal["AA", "AE", "AR"]

CONDITIONS: Final[dict[str, str]] = {
    "0": "Message accepted",
    "100": "Segment sequence error",
    "101": "Required field missing",
    "102": "Data type error",
    "103": "Table value not found",
    "200": "Unsupported message type",
    "201": "Unsupported event code",
    "202": "Unsupported processing id",
    "203": "Unsupported version id",
    "204": "Unknown key identifier",
    "205": "Duplicate key identifier",
    "206": "Application record locked",
    "207": "Application internal error",
}
"""HL7 table 0357."""

FAMILY_ANSWERS: Final[dict[type[HubError], tuple[AckCode, str]]] = {
    Malformed: ("AE", "102"),
    Unknown: ("AE", "204"),
    Conflict: ("AE", "205"),
    Unavailable: ("AR", "207"),
}
"""Error family to MSA-1 and ERR-3; the sender may try again after AR 207 and no other."""

CODE_ANSWERS: Final[dict[str, tuple[AckCode, str]]] = {
    "not-hl7": ("AR", "100"),
    "frame-too-long": ("AR", "102"),
    "no-control-id": ("AR", "101"),
    "no-message-type": ("AR", "101"),
    "unknown-sender": ("AR", "103"),
    "unsupported-type": ("AR", "200"),
    "unsupported-event": ("AR", "201"),
    "unsupported-version": ("AR", "203"),
    "segment-missing": ("AE", "100"),
    "field-missing": ("AE", "101"),
    "not-in-table": ("AE", "103"),
    "exam-under-way": ("AE", "206"),
}
"""Errors whose code says more than their family."""

INTERNAL: Final[tuple[AckCode, str]] = ("AR", "207")

_PLACE: Final = re.compile(r"([A-Z][A-Z0-9]{2})(?:\((\d+)\))?(?:-(\d+)((?:\.\d+)*))?")


class AnsweredHeader(Protocol):
    """What an answer needs of the MSH it answers."""

    @property
    def separators(self) -> Marks: ...
    @property
    def sending_application(self) -> str: ...
    @property
    def sending_facility(self) -> str: ...
    @property
    def receiving_application(self) -> str: ...
    @property
    def receiving_facility(self) -> str: ...
    @property
    def trigger_event(self) -> str: ...
    @property
    def control_id(self) -> str: ...
    @property
    def processing_id(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def accept_ack(self) -> str: ...
    @property
    def application_ack(self) -> str: ...
    @property
    def character_sets(self) -> tuple[str, ...]: ...


class Marks(Protocol):
    """The separators of the message that is answered."""

    @property
    def field(self) -> str: ...
    @property
    def component(self) -> str: ...
    @property
    def repetition(self) -> str: ...
    @property
    def encoding_characters(self) -> str: ...
    def escaped(self, value: str) -> str:
        """Encode a value so that it can stand in a field."""
        ...


@dataclass(frozen=True)
class Remark:
    """One ERR segment: table 0357 condition, E W or I, words, and the place it is about."""

    condition: str
    severity: Literal["E", "W", "I"]
    text: str
    field: str = ""


@dataclass(frozen=True)
class Verdict:
    """The outcome of a message: MSA-1 in original mode, and what to remark on."""

    code: AckCode
    remarks: tuple[Remark, ...] = ()

    @property
    def text(self) -> str:
        """Return MSA-3."""
        return self.remarks[0].text if self.remarks else ""


def verdict_on(error: HubError) -> Verdict:
    """Return the answer to a message that failed with `error`."""
    family = family_of(error)
    fallback = FAMILY_ANSWERS[family] if family is not None else INTERNAL
    code, condition = CODE_ANSWERS.get(error.error_code, fallback)
    return Verdict(code, (Remark(condition, "E", error.text, error.field or ""),))


def internal_error() -> Verdict:
    """Return the answer where we, not the message, are at fault."""
    text = "the hub could not process the message; please send it again later"
    return Verdict(INTERNAL[0], (Remark(INTERNAL[1], "E", text),))


def answer_code(header: AnsweredHeader, verdict: Verdict) -> str:
    """Return MSA-1, or "" where MSH-15 and MSH-16 ask for no answer (2.9.3).

    Where an accept acknowledgement is asked for, it alone goes back on the socket: CA once the
    message is kept, CR where it was refused, CE where it could not be taken.
    """
    condition = verdict.remarks[0].condition if verdict.remarks else "0"
    if _wanted(header.accept_ack, good=verdict.code != "AR"):
        if verdict.code != "AR":
            return "CA"
        return "CE" if condition == "207" else "CR"
    if not header.accept_ack and not header.application_ack:
        return verdict.code
    return verdict.code if _wanted(header.application_ack, good=verdict.code == "AA") else ""


def _wanted(wish: str, *, good: bool) -> bool:
    return wish == "AL" or (wish == "SU" and good) or (wish == "ER" and not good)


def build_ack(
    header: AnsweredHeader, verdict: Verdict, *, code: str, control_id: str, now: datetime
) -> bytes:
    """Write the acknowledgement of the message with `header`, in its separators."""
    marks = header.separators
    character_sets = marks.repetition.join(header.character_sets)
    before_2_4 = header.version[:3] in ("2.1", "2.2", "2.3")
    event = [header.trigger_event] if header.trigger_event and not before_2_4 else []
    kind = ["ACK", *event, "ACK"] if event else ["ACK"]
    fields = [
        "MSH",
        marks.encoding_characters,
        header.receiving_application,
        header.receiving_facility,
        header.sending_application,
        header.sending_facility,
        now.strftime("%Y%m%d%H%M%S%z"),
        "",
        marks.component.join(kind),
        control_id,
        header.processing_id or "P",
        header.version or "2.5.1",
        *([""] * 5 + [character_sets] if character_sets else []),
    ]
    msa = ["MSA", code, header.control_id, marks.escaped(verdict.text)]
    if not verdict.text:
        msa.pop()
    lines = [fields, msa, *(_err(remark, header) for remark in verdict.remarks)]
    text = "".join(marks.field.join(line) + "\r" for line in lines)
    return text.encode("latin-1", errors="replace")  # the header was read as Latin-1


def _err(remark: Remark, header: AnsweredHeader) -> list[str]:
    marks = header.separators
    text = CONDITIONS[remark.condition]
    place = _PLACE.fullmatch(remark.field)
    location: list[str] = []
    if place is not None:
        segment, sequence, field, rest = place.groups()
        location = [segment, sequence or "1"]
        if field:
            location += [field]
            location += ["1", *rest[1:].split(".")] if rest else []
    if header.version[:3] in ("2.1", "2.2", "2.3", "2.4"):
        coded = f"{remark.condition}{marks.encoding_characters[-1]}{text}"
        padded = [*location[:3], "", "", ""][:3]
        return ["ERR", marks.component.join([*padded, coded])]
    return [
        "ERR",
        "",
        marks.component.join(location),
        marks.component.join([remark.condition, text, "HL70357"]),
        remark.severity,
        "",
        "",
        "",
        marks.escaped(remark.text),
    ]


def under_new_id(body: bytes, *, control_id: str, now: datetime) -> bytes:
    """Return a kept acknowledgement with a new MSH-7 and MSH-10: the same answer, sent again."""
    head, end, rest = body.partition(b"\r")
    mark = head[3:4]
    fields: Sequence[bytes] = head.split(mark)
    return (
        mark.join(
            [
                *fields[:6],
                now.strftime("%Y%m%d%H%M%S%z").encode(),
                *fields[7:9],
                control_id.encode(),
                *fields[10:],
            ]
        )
        + end
        + rest
    )
