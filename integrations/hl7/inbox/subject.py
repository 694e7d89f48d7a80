"""Whom and what a message is about, as it says itself: by that it is found again. Pure."""

from __future__ import annotations

from typing import Final, NamedTuple

from integrations.hl7.message import Message

PATIENT: Final = ("PID-3.1", "PID-2.1", "PID-4.1", "MRG-1.1")
ACCESSION: Final = ("IPC-1.1", "OBR-18.1")
LONGEST: Final = 64


class Subject(NamedTuple):
    """The first patient identifier and accession number of a message; "" where it has none."""

    patient_number: str = ""
    accession_number: str = ""


def subject_of(message: Message) -> Subject:
    """Return what to find the message by (PID-3, OBR-18; v2.2 also PID-2 and PID-4)."""
    patient = message.get_first(*PATIENT)
    accession = message.get_first(*ACCESSION)
    return Subject(patient[:LONGEST], accession[:LONGEST])
