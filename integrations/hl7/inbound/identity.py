"""Identifiers in: one that is changed (A47) or moved (A43), and a patient who never was (A29)."""

from __future__ import annotations

from archive.models import Patient
from archive.patients import queries
from archive.patients import services as patients
from archive.patients.rules import Identifier, PatientFacts
from integrations.hl7.inbound import pairs
from integrations.hl7.inbound.context import Context, Effect, Held, warning
from integrations.hl7.maps import adt2patient
from integrations.hl7.message import Message
from pacs_hub.kernel.errors import Unknown
from worklist.exams.rules import ForAPerson
from worklist.identity import services


class NoSuchPatient(Unknown):
    """Nobody knows the patient something is moved from."""

    code = "no-such-patient"


def change(message: Message, context: Context) -> tuple[Effect, ...]:
    """Let the patient known as MRG-1 be known as PID-3 (A47).

    Raises:
        Held: the new identifier is another patient's, or of another authority.
    """
    effects: list[Effect] = []
    for pair in pairs.pairs(message):
        facts = pairs.facts_of(pair, context)
        olds = adt2patient.prior_identifiers(pair, default_issuer=context.default_issuer)
        if pairs.find(olds) is not None:
            olds = pairs.same_authority(facts.identifiers, olds, context)
        effects += _change_one(message, facts, olds[0], context)
    return tuple(effects)


def _change_one(
    message: Message, facts: PatientFacts, old: Identifier, context: Context
) -> list[Effect]:
    new = next((i for i in facts.identifiers if pairs.go_together(i, old)), facts.identifiers[0])
    try:
        done = patients.change_identifier(old=old, new=new, origin=context.origin)
    except patients.IdentifierTaken as error:
        raise Held(error.text, condition="205", code=error.error_code, field="PID-3") from error
    patient = pairs.record(message, facts, context)
    text = "identifier changed" if done == "changed" else "the identifier was changed already"
    if done == "unknown":
        return [
            Effect("patient", patient.pk, "patient registered"),
            warning("nobody has the old identifier: the patient was registered", field="MRG-1"),
        ]
    return [Effect("patient", patient.pk, text)]


def move(message: Message, context: Context) -> tuple[Effect, ...]:
    """Move an identifier and all under it from one patient to another (A43).

    Which field names the two differs between senders, so a person looks first.

    Raises:
        NoSuchPatient: nobody knows the source.
        Held: always, unless a person said to apply it.
    """
    effects: list[Effect] = []
    for pair in pairs.pairs(message):
        facts = pairs.facts_of(pair, context)
        issuer = context.default_issuer
        prior = adt2patient.prior_identifiers(pair, default_issuer=issuer)
        moved = next((i for i in prior if i in facts.identifiers), prior[0])
        others = adt2patient.moved_from(pair, default_issuer=issuer)
        source = pairs.find([*others, *(i for i in prior if i != moved)]) or pairs.find([moved])
        if source is None:
            raise NoSuchPatient("no patient has the identifier that is moved", field="MRG-1")
        target = pairs.find([i for i in facts.identifiers if i != moved])
        if target is not None and target.pk == source.pk:
            effects.append(Effect("patient", target.pk, "the identifier is theirs already"))
            continue
        if target is None or not context.forced:
            raise Held(
                "which patient the identifier comes from and goes to has to be looked at",
                code="identifier-moves",
                field="MRG-1",
            )
        effects.append(_move_one(moved, source, target, context))
    return tuple(effects)


def _move_one(moved: Identifier, source: Patient, target: Patient, context: Context) -> Effect:
    try:
        changed = services.move_number(
            identifier=moved, source=source, target=target, origin=context.origin, kind="A43"
        )
    except ForAPerson as error:
        raise Held(error.text, code=error.error_code, field="MRG-1") from error
    text = "identifier moved" if changed else "the identifier is theirs already"
    return Effect("patient", target.pk, text)


def delete(message: Message, context: Context) -> tuple[Effect, ...]:
    """Mark a patient as entered in error where nothing hangs on them (A29).

    Raises:
        Held: something does.
    """
    identifiers = pairs.facts_of(message, context, named=False).identifiers
    own = (
        queries.find_own(value=i.value, issuer=i.issuer, universal_id=i.universal_id)
        for i in identifiers
    )
    patient = next((row for row in own if row is not None), None)
    if patient is None:
        return (warning("the patient is not known here; nothing to do", field="PID-3"),)
    try:
        changed = services.delete_patient(patient=patient, origin=context.origin)
    except ForAPerson as error:
        raise Held(error.text, condition="206", code=error.error_code, field="PID-3") from error
    text = "patient entered in error" if changed else "patient was entered in error already"
    return (Effect("patient", patient.pk, text),)
