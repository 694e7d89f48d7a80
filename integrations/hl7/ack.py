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
    "unsupported-processing-id": ("AR", "202"),
    "unsupported-version": ("AR", "203"),
    "segment-missing": ("AE", "100"),
    "field-missing": ("AE", "101"),
    "not-in-table": ("AE", "103"),
    "exam-under-way": ("AE", "206"),
    "record-locked": ("AE", "206"),
}
"""Errors whose code says more than their family."""

INTERNAL: Final[tuple[AckCode, str]] = ("AR", "207")

_PLACE: Final = re.compile(r"([A-Z][A-Z0-9]{2})(?:\((\d+)\))?(?:-(\d+)(?:\((\d+)\))?((?:\.\d+)*))?")
"""Segment, its number, field, repetition, and components: "PID(2)-3(1).4"."""


ACKNOWLEDGEMENTS: Final = ("ACK", "MCF")


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
    def message_code(self) -> str: ...
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

    @property
    def condition(self) -> str:
        """Return what table 0357 says of it: its first remark, 0 where there is none."""
        return self.remarks[0].condition if self.remarks else "0"


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


def is_enhanced(header: AnsweredHeader) -> bool:
    """Say whether the sender wants two answers: that it is kept, and what came of it (2.9.3)."""
    return bool(header.accept_ack or header.application_ack)


def accept_code(header: AnsweredHeader, verdict: Verdict | None = None) -> str:
    """Return the accept acknowledgement MSH-15 asks for; "" where it asks for none.

    CA once the message is kept. `verdict` is given where it is refused at the door: CR, or CE
    where we are at fault and the sender may try again.
    """
    if verdict is None or verdict.code != "AR":
        return "CA" if _wanted(header.accept_ack, good=True) else ""
    if not _wanted(header.accept_ack, good=False):
        return ""
    return "CE" if verdict.condition == INTERNAL[1] else "CR"


def application_code(header: AnsweredHeader, verdict: Verdict) -> str:
    """Return MSA-1 of what the application says; "" where MSH-16 asks for nothing.

    An acknowledgement is never answered by another (specification 12).
    """
    if header.message_code in ACKNOWLEDGEMENTS:
        return ""
    if not is_enhanced(header):
        return verdict.code
    return verdict.code if _wanted(header.application_ack, good=verdict.code == "AA") else ""


def _wanted(wish: str, *, good: bool) -> bool:
    return wish == "AL" or (wish == "SU" and good) or (wish == "ER" and not good)


@dataclass(frozen=True)
class Rest:
    """What a response holds beside the acknowledgement: MSH-9, and the segments after MSA.

    `character_set` is the MSH-18 they are written in, where it is not that of the message.
    """

    kind: tuple[str, str, str]
    segments: bytes
    character_set: str = ""


def build_ack(
    header: AnsweredHeader,
    verdict: Verdict,
    *,
    code: str,
    control_id: str,
    now: datetime,
    rest: Rest | None = None,
) -> bytes:
    """Write the acknowledgement of the message with `header`, in its separators.

    With `rest` it is a response that begins like one (RSP, ORR, ORG, ORI).
    """
    marks = header.separators
    character_sets = marks.repetition.join(header.character_sets)
    if rest is not None and rest.character_set:
        character_sets = rest.character_set
    fields = [
        "MSH",
        marks.encoding_characters,
        header.receiving_application,
        header.receiving_facility,
        header.sending_application,
        header.sending_facility,
        now.strftime("%Y%m%d%H%M%S%z"),
        "",
        marks.component.join(_kind(header, rest)),
        control_id,
        header.processing_id or "P",
        header.version or "2.5.1",
        *([""] * 5 + [character_sets] if character_sets else []),
    ]
    msa = ["MSA", code, header.control_id, marks.escaped(verdict.text)]
    if not verdict.text:
        msa.pop()
    lines = [fields, msa, *(_err(remark, header) for remark in verdict.remarks)]
    head = "".join(marks.field.join(line) + "\r" for line in lines)
    body = head.encode("latin-1", errors="replace")  # the header was read as Latin-1
    return body + rest.segments if rest is not None else body


def accept_ack(
    header: AnsweredHeader, verdict: Verdict | None, *, control_id: str, now: datetime
) -> bytes | None:
    """Write the accept acknowledgement; None where the sender wants none."""
    code = accept_code(header, verdict)
    told = verdict if verdict is not None and code in ("CE", "CR") else Verdict("AA")
    return build_ack(header, told, code=code, control_id=control_id, now=now) if code else None


def _kind(header: AnsweredHeader, rest: Rest | None) -> list[str]:
    """Return the components of MSH-9; before 2.4 it names no structure."""
    before_2_4 = header.version[:3] in ("2.1", "2.2", "2.3")
    if rest is not None:
        return list(rest.kind[:2] if before_2_4 else rest.kind)
    if before_2_4 or not header.trigger_event:
        return ["ACK"]
    return ["ACK", header.trigger_event, "ACK"]


def _err(remark: Remark, header: AnsweredHeader) -> list[str]:
    marks = header.separators
    text = CONDITIONS[remark.condition]
    place = _PLACE.fullmatch(remark.field)
    location: list[str] = []
    if place is not None:
        segment, sequence, field, repetition, rest = place.groups()
        location = [segment, sequence or "1"]
        if field:
            location += [field]
            location += [repetition or "1"] if repetition or rest else []
            location += rest[1:].split(".") if rest else []
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
