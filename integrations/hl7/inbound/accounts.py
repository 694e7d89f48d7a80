"""Accounts in: BAR P01, P02, P05, P06, P10, P12 (RAD-36; HL7 v2.5.1 chapter 6)."""

from __future__ import annotations

from archive.models import Patient
from integrations.hl7.inbound import whom
from integrations.hl7.inbound.context import Context, Effect, Held, warning
from integrations.hl7.maps.bar2account import account_facts
from integrations.hl7.message import Message
from worklist.accounts import services
from worklist.accounts.rules import AccountFacts


def receive(message: Message, context: Context) -> tuple[Effect, ...]:
    """Open an account, bring it up to date, or end it (P06).

    Raises:
        FieldMissing: no account, and no visit, is named.
        Held: the account is another patient's; a person decides.
    """
    facts = account_facts(message, zone=context.zone)
    patient = whom.registered(message, context)
    ends = message.get("MSH-9.2") == "P06"
    effects = [Effect("patient", patient.pk, "patient known")]
    if not message.get_first("PID-18.1"):
        effects.append(warning("no account is named: the visit's number is taken", field="PID-18"))
    return (*effects, *_kept(facts, patient, context, ends=ends))


def purge(message: Message, context: Context) -> tuple[Effect, ...]:
    """End the account of each patient a P02 names; what is billed is never deleted.

    Accounts nobody knows are passed over.
    """
    effects: list[Effect] = []
    for part in message.groups("PID"):
        facts = account_facts(part, zone=context.zone)
        patient = whom.known(part, context)
        if patient is None or not services.is_known(facts):
            effects.append(warning("the account is not known here; nothing to do", field="PID-18"))
        else:
            effects += _kept(facts, patient, context, ends=True)
    return tuple(effects)


def payers_of(message: Message, context: Context, patient: Patient) -> list[Effect]:
    """Keep the guarantors and insurances an ADT message tells beside the visit."""
    if not message.get_first("PID-18.1"):
        return [warning("who pays is told without an account", field="PID-18")]
    facts = account_facts(message, zone=context.zone)
    try:
        return _kept(facts, patient, context, ends=False)
    except Held as held:  # the visit stands without its payers
        return [warning(held.text, field="PID-18")]


def _kept(facts: AccountFacts, patient: Patient, context: Context, *, ends: bool) -> list[Effect]:
    use_case = services.end_account if ends else services.keep_account
    try:
        kept = use_case(facts=facts, patient=patient, origin=context.origin)
    except services.AccountOfOtherPatient as error:
        raise Held(error.text, condition="205", code=error.error_code, field="PID-18") from error
    said = "account ended" if ends else "account opened" if kept.is_new else "account updated"
    return [
        Effect("account", kept.account.pk, said),
        *(warning(note, field="EVN-2") for note in kept.notes),
    ]
