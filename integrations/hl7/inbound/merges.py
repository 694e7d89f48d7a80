"""Merges in: ADT^A40, and A18, A34, A36, A39 of old (RAD-12, ITI-8; HL7 v2.5.1 3.3.18 to 3.3.40).

PID is who stays, MRG who goes. A message may name several pairs: all are merged, or none.
"""

from __future__ import annotations

from archive.models import Patient
from archive.patients import queries
from archive.patients import services as patients
from archive.patients.rules import Identifier, PatientFacts
from integrations.hl7.inbound import pairs, visit_numbers
from integrations.hl7.inbound.context import Context, Effect, Held
from integrations.hl7.maps import adt2patient
from integrations.hl7.message import Message
from worklist.identity import services


def merge(message: Message, context: Context) -> tuple[Effect, ...]:
    """Merge the patient of each MRG into that of its PID (A40; A18, A34, A36, A39 of old).

    Raises:
        SegmentMissing, FieldMissing: a pair is not whole.
        MergeOfOneIdentifier: a pair names one identifier twice.
        Held: a person has to decide about one of them, and none is merged.
    """
    effects: list[Effect] = []
    event = message.get("MSH-9.2") or message.get("EVN-1")
    for pair in pairs.pairs(message):
        facts = pairs.facts_of(pair, context)
        named = adt2patient.prior_identifiers(pair, default_issuer=context.default_issuer)
        prior = pairs.same_authority(facts.identifiers, named, context)
        survivor = pairs.record(message, facts, context)
        for number, each in enumerate(prior):
            also = () if number else tuple(i for i in named if i not in prior)
            effects.append(_merge_one(survivor, facts, (each, *also), event, message, context))
    if any(pair.get("MRG-3") for pair in pairs.pairs(message)) and event in ("A18", "A36"):
        effects += visit_numbers.change_account(message, context)
    return tuple(effects)


def _merge_one(
    survivor: Patient,
    facts: PatientFacts,
    prior: tuple[Identifier, ...],
    event: str,
    message: Message,
    context: Context,
) -> Effect:
    """Merge the patient of the first of `prior`; one nobody knows becomes a name of the survivor.

    That one is known by the others too, where nobody else is.
    """
    own = _owner(prior[0])
    alias = own is None
    loser = own or _record_alias(
        (prior[0], *(i for i in prior[1:] if _owner(i) is None)), message, context
    )
    named = (_owner(i) for i in facts.identifiers)
    kept = next((patient for patient in named if patient is not None), survivor)
    try:
        row = services.merge_patients(
            survivor=kept,
            loser=loser,
            kind=event,
            origin=context.origin,
            trusted=context.peer.habits.trust_mpi or context.forced,
        )
    except services.PatientsLookDifferent as error:
        raise Held(error.text, code=error.error_code, field="MRG-1") from error
    except (patients.MergedElsewhere, patients.OppositeMerge) as error:
        raise Held(error.text, condition="205", code=error.error_code, field="MRG-1") from error
    if row is None:
        return Effect("patient", survivor.pk, "these two were one patient already")
    text = "number kept as another one of the patient" if alias else "merged into the patient"
    return Effect("merge", row.pk, text)


def _owner(i: Identifier) -> Patient | None:
    """Return whose number it is, merged or not."""
    return queries.find_own(value=i.value, issuer=i.issuer, universal_id=i.universal_id)


def _record_alias(prior: tuple[Identifier, ...], message: Message, context: Context) -> Patient:
    return patients.register_patient(
        facts=PatientFacts(identifiers=prior),
        origin=context.origin,
        event_at=adt2patient.event_at(message, zone=context.zone),
        provisional=True,
    )
