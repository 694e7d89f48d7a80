"""What outgoing HL7 messages are made of: an invented patient, visit, charge and order."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from integrations.hl7.maps.charge2dft import ChargeFacts, LineFacts
from integrations.hl7.maps.outgoing import Envelope, Person, Visit
from integrations.hl7.maps.step2status import StatusFacts

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def envelope(**over: Any) -> Envelope:
    """Return an envelope to the billing system."""
    facts: dict[str, Any] = {
        "control_id": "C1",
        "at": AT,
        "zone": ZoneInfo("Europe/Paris"),
        "sending_facility": "GH",
        "receiving_application": "BILL",
        "receiving_facility": "GH",
    }
    return Envelope(**(facts | over))


def person(**over: Any) -> Person:
    """Return Jane Doe."""
    facts: dict[str, Any] = {
        "identifiers": (("P1", "GH", "MR"), ("77", "NAT", "")),
        "name": "DOE^JANE^M^DR^JR",
        "birth_date": date(1970, 1, 1),
        "sex": "F",
        "account_number": "ACC1",
    }
    return Person(**(facts | over))


def visit(**over: Any) -> Visit:
    """Return an outpatient's visit."""
    facts: dict[str, Any] = {
        "patient_class": "O",
        "location": "RAD",
        "visit_number": "V77",
        "referring_physician_name": "HOUSE^GREGORY",
    }
    return Visit(**(facts | over))


def line(**over: Any) -> LineFacts:
    """Return the line of a CT of the head."""
    facts: dict[str, Any] = {
        "code": "CTHEAD",
        "scheme": "L",
        "text": "CT head & neck",
        "cpt": "70450",
        "quantity": 1,
    }
    return LineFacts(**(facts | over))


def charge(**over: Any) -> ChargeFacts:
    """Return a charge with one line."""
    facts: dict[str, Any] = {
        "transaction_id": "T000000001",
        "service_at": AT,
        "filler_order_number": "F9",
        "performed_by_id": "CT1",
        "performed_by_name": "CT room 1",
        "ordering_provider_id": "D7",
        "ordering_provider_name": "WELBY^MARCUS",
        "lines": (line(),),
    }
    return ChargeFacts(**(facts | over))


def status(**over: Any) -> StatusFacts:
    """Return an order that was started."""
    facts: dict[str, Any] = {
        "status": "IP",
        "at": AT,
        "placer_order_number": "P100",
        "placer_namespace": "HIS",
        "filler_order_number": "F9",
        "filler_namespace": "RIS",
        "accession_number": "A1",
        "requested_procedure_id": "RP1",
        "study_instance_uid": "1.2.3",
        "code": "CTHEAD",
        "scheme": "L",
        "name": "CT head",
        "modality": "CT",
        "started_at": AT,
        "scheduled_procedure_step_id": "RP1-1",
        "ordering_provider_id": "D7",
        "ordering_provider_name": "WELBY^MARCUS",
    }
    return StatusFacts(**(facts | over))
