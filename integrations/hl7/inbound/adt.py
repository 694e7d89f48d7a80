"""Patient administration in: what ADT messages say of the patient (RAD-1, RAD-12, ITI-8, ITI-30).

HL7 v2.5.1 3.3. What they say of the visit is applied by `visits`.
"""

from __future__ import annotations

from typing import Final

from archive.patients import services as patients
from archive.patients.services import Registration
from integrations.hl7.inbound import visits
from integrations.hl7.inbound.context import Context, Effect, Held, note, warning
from integrations.hl7.maps import adt2patient
from integrations.hl7.maps.adt2visit import COMMANDS
from integrations.hl7.message import Message

GIVES_NUMBER: Final = frozenset({"A01", "A04", "A05", "A14", "A28"})
"""Events at which a hospital may give out an identifier: one that was another's is looked at."""

UPDATES: Final = frozenset({"A08", "A31", "A60"})
"""Events about a patient who should be known."""

DONE: Final[dict[str, str]] = {
    "created": "patient registered",
    "updated": "patient updated",
    "unchanged": "patient known; nothing changed",
    "stale": "patient known",
}


def register(message: Message, context: Context) -> tuple[Effect, ...]:
    """Register the patient or bring their demographics up to date, and apply what is of a visit.

    Raises:
        SegmentMissing, FieldMissing, BadTime: the patient cannot be read.
        NoSuchPatient: an update of nobody we know, from a sender whose updates make nobody.
        Held: the identifier was another person's, or a person has to decide about the visit.
    """
    event = message.get("MSH-9.2") or message.get("EVN-1")
    found = _recorded(message, context, event)
    effects = (
        Effect("patient", found.patient.pk, DONE[found.did]),
        *_told(found, event),
        *(
            warning(remark.text, condition=remark.condition, field=remark.field)
            for remark in adt2patient.remarks(message)
        ),
    )
    if event in COMMANDS:
        return (*effects, *visits.visit_part(message, context, found.patient))
    return effects


def _recorded(message: Message, context: Context, event: str) -> Registration:
    try:
        return patients.record_patient(
            facts=adt2patient.patient_facts(
                message, default_issuer=context.default_issuer, needs_name=True, zone=context.zone
            ),
            origin=context.origin,
            event_at=adt2patient.event_at(message, zone=context.zone),
            sender=adt2patient.sender(message),
            create=event not in UPDATES or context.peer.habits.create_on_update,
            new_person=event in GIVES_NUMBER and not context.forced,
        )
    except patients.IdentifierReused as error:
        raise Held(error.text, condition="205", code=error.error_code, field="PID-3") from error


def _told(found: Registration, event: str) -> tuple[Effect, ...]:
    """Return what the sender should know of how its patient was taken."""
    told: list[Effect] = []
    if found.did == "stale":
        text = "older than what this system told before: the demographics stay as they are"
        told.append(warning(text, field="EVN-2"))
    if found.did == "created" and event in UPDATES:
        told.append(warning("nobody knew this patient: registered", field="PID-3"))
    if found.kept:
        text = "the identifier is a former one, and the demographics are of somebody else: kept"
        told.append(warning(text, field="PID-3"))
    elif found.formerly:
        told.append(note("the patient is known under another identifier now", field="PID-3"))
    return tuple(told)
