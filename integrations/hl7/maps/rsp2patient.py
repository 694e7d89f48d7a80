"""The answer to a query, RSP^K22 or RSP^K23, to whom it names (HL7 v2.5.1 5.4; ITI-9, ITI-21)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from integrations.hl7.maps import names, tables, times
from integrations.hl7.message import NULL, Message, SegmentList

FOUND: Final = "OK"
NOBODY: Final = "NF"


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One person the other system knows: identifiers as (value, issuer, type), name as a PN."""

    identifiers: tuple[tuple[str, str, str], ...]
    name: str = ""
    birth_date: date | None = None
    sex: str = ""
    address: str = ""
    phone: str = ""
    account_number: str = ""


@dataclass(frozen=True, kw_only=True)
class Response:
    """QAK-2, the words of an error, whom was found, and whether there are more."""

    status: str
    text: str
    condition: str
    candidates: tuple[Candidate, ...]
    more: bool


def response(message: Message) -> Response:
    """Read the whole answer."""
    return Response(
        status=message.get("QAK-2").upper(),
        text=message.get_first("ERR-8", "ERR-7", "ERR-3.2", "MSA-3", "ERR-1.4.2"),
        condition=message.get_first("ERR-3.1", "ERR-1.4.1"),
        candidates=tuple(
            _candidate(SegmentList([segment], message.separators)) for segment in message.all("PID")
        ),
        more=bool(message.get("DSC-1")),
    )


def _candidate(pid: SegmentList) -> Candidate:
    segment = pid.segments[0]
    identifiers = []
    for number in range(1, len(segment.repetitions(3)) + 1):
        value = pid.get(f"PID-3({number}).1")
        if value and value != NULL:
            issuer, kind = pid.get(f"PID-3({number}).4"), pid.get(f"PID-3({number}).5")
            identifiers.append((value, issuer, kind))
    spelt = [segment.components(5, n) for n in range(1, len(segment.repetitions(5)) + 1)]
    named = [one for one in spelt if not (len(one) > 6 and one[6][0] == "S")]  # ITI-9: a filler
    return Candidate(
        identifiers=tuple(identifiers),
        name=names.patient_name(named),
        birth_date=_day(pid.get("PID-7")),
        sex=tables.SEX.get(pid.get("PID-8").upper(), ""),
        address=_joined(pid, "PID-11"),
        phone=pid.get_first("PID-13.1", "PID-13.12", "PID-13.7"),
        account_number=pid.get_first("PID-18.1"),
    )


def _day(value: str) -> date | None:
    try:
        return times.day(value)
    except times.BadTime:
        return None


def _joined(pid: SegmentList, path: str) -> str:
    parts = [pid.get(f"{path}.{component}") for component in (1, 2, 5, 3, 4, 6)]
    return ", ".join(part for part in parts if part and part != NULL)
