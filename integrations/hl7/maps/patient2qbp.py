"""Whom we look for to QBP^Q22 (PDQ, ITI-21) and QBP^Q23 (PIX, ITI-9); HL7 v2.5.1 5.4."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from integrations.hl7.maps import outgoing, times
from integrations.hl7.maps.outgoing import Envelope, Incomplete
from integrations.hl7.message import Repeats, Value, build_message, build_segment

PDQ_NAME: Final = "IHE PDQ Query"
PIX_NAME: Final = "IHE PIX Query"
IMMEDIATE: Final = "I"  # table 0091
RECORDS: Final = ("RD", "Records", "HL70126")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is known of the person; what is empty is not asked for."""

    identifier: str = ""
    issuer: str = ""
    family: str = ""
    given: str = ""
    birth_date: date | None = None
    sex: str = ""
    account_number: str = ""

    def parameters(self) -> tuple[tuple[str, str], ...]:
        """Return QPD-3: field and value of each demand."""
        demands = {
            "@PID.3.1": self.identifier,
            "@PID.3.4.1": self.issuer if self.identifier else "",
            "@PID.5.1.1": self.family,
            "@PID.5.2": self.given,
            "@PID.7": times.written_day(self.birth_date),
            "@PID.8": self.sex,
            "@PID.18": self.account_number,
        }
        return tuple((path, value) for path, value in demands.items() if value)


def qbp_q22(
    *, envelope: Envelope, tag: str, wanted: Wanted, domains: tuple[str, ...] = (), limit: int = 20
) -> str:
    """Write a patient demographics query; `domains` are the issuers whose identifiers we want.

    Raises:
        Incomplete: nothing is known of the person.
    """
    demands = wanted.parameters()
    if not demands:
        raise Incomplete("nothing was said of the person to look for", field="QPD-3")
    fields: dict[int, Value] = {
        1: PDQ_NAME,
        2: tag,
        3: Repeats(demands),
        8: _domains(domains),
    }
    return build_message(
        [
            outgoing.header(envelope, code="QBP", event="Q22", structure="QBP_Q21"),
            build_segment("QPD", fields),
            build_segment("RCP", {1: IMMEDIATE, 2: (str(limit), RECORDS)}),
        ]
    )


def qbp_q23(
    *, envelope: Envelope, tag: str, identifier: str, issuer: str, domains: tuple[str, ...] = ()
) -> str:
    """Write a cross-reference query: which other identifiers does this one go with?

    Raises:
        Incomplete: the identifier or its issuer is not known.
    """
    if not identifier or not issuer:
        raise Incomplete("an identifier and its issuer are needed", field="QPD-3")
    fields: dict[int, Value] = {
        1: PIX_NAME,
        2: tag,
        3: (identifier, "", "", issuer),
        4: _domains(domains),
    }
    return build_message(
        [
            outgoing.header(envelope, code="QBP", event="Q23", structure="QBP_Q21"),
            build_segment("QPD", fields),
            build_segment("RCP", {1: IMMEDIATE}),
        ]
    )


def _domains(domains: tuple[str, ...]) -> Value:
    return Repeats(tuple(("", "", "", domain) for domain in domains)) if domains else ""
