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
        prior = adt2patient.prior_identifiers(pair, default_issuer=context.default_issuer)
        prior = pairs.same_authority(facts.identifiers, prior, context)
        survivor = pairs.record(message, facts, context)
        effects += [_merge_one(survivor, facts, each, event, message, context) for each in prior]
    if any(pair.get("MRG-3") for pair in pairs.pairs(message)) and event in ("A18", "A36"):
        effects += visit_numbers.change_account(message, context)
    return tuple(effects)


def _merge_one(
    survivor: Patient,
    facts: PatientFacts,
    prior: Identifier,
    event: str,
    message: Message,
    context: Context,
) -> Effect:
    """Merge one patient; one nobody knows becomes another name of the survivor."""
    own = queries.find_own(value=prior.value, issuer=prior.issuer, universal_id=prior.universal_id)
    alias = own is None
    loser = own or _record_alias(prior, message, context)
    named = (
        queries.find_own(value=i.value, issuer=i.issuer, universal_id=i.universal_id)
        for i in facts.identifiers
    )
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


def _record_alias(prior: Identifier, message: Message, context: Context) -> Patient:
    return patients.register_patient(
        facts=PatientFacts(identifiers=(prior,)),
        origin=context.origin,
        event_at=adt2patient.event_at(message, zone=context.zone),
        provisional=True,
    )
