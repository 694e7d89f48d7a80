"""Keep accounts and who pays for them; billing reads what stands here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from archive.models import Patient
from archive.patients.queries import resolve
from pacs_hub.audit import changes
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Conflict
from pacs_hub.kernel.origin import Origin
from worklist.accounts.models import (
    Account,
    AccountStatus,
    Coverage,
    Diagnosis,
    FormerAccountNumber,
    Guarantor,
)
from worklist.accounts.queries import account_of
from worklist.accounts.rules import LISTS, AccountFacts, Told, is_late, numbered


class AccountOfOtherPatient(Conflict):
    """The account is known here, for another patient; it is never moved silently."""

    code = "account-of-other-patient"


class AccountNumberInUse(Conflict):
    """Another account has that number."""

    code = "account-number-in-use"


Listed = Guarantor | Coverage | Diagnosis
TABLES: Final[dict[str, type[Listed]]] = {
    "guarantors": Guarantor,
    "coverages": Coverage,
    "diagnoses": Diagnosis,
}
COPIED: Final = ("patient_class", "financial_class")


@dataclass(frozen=True)
class Kept:
    """The account, and what of the message was not taken."""

    account: Account
    is_new: bool
    notes: tuple[str, ...] = ()


def keep_account(*, facts: AccountFacts, patient: Patient, origin: Origin) -> Kept:
    """Open an account (BAR P01, PID-18 of ADT) or bring it up to date (P05).

    A list that is told (insurances, guarantors, diagnoses) replaces the one that is known.

    Raises:
        AccountOfOtherPatient: it belongs to somebody else.
    """
    with transaction.atomic():
        account = account_of(number=facts.number, authority=facts.authority)
        is_new = account is None
        if account is None:
            account = Account(
                patient=patient,
                number=facts.number,
                authority=facts.authority,
                updated_at=clock.now(),
            )
        if resolve(account.patient).pk != patient.pk:
            raise AccountOfOtherPatient("this account belongs to another patient", field="PID-18")
        late = _is_late(account, facts)
        for name in COPIED:
            value = getattr(facts, name)
            if value and not (late and getattr(account, name)):
                setattr(account, name, value)
            elif name in facts.cleared and not late:
                setattr(account, name, "")
        if not late and facts.event_at is not None:
            account.last_event_at, account.last_sender = facts.event_at, facts.sender
        changes.save(account, origin=origin)
        for kind in LISTS:
            told = getattr(facts, kind)
            if told is not None and not (late and _list(account, kind)):
                _replace(account, kind, told, origin)
        notes = ("older than what is known of the account: nothing was overwritten",)
        return Kept(account, is_new, notes if late else ())


def is_known(facts: AccountFacts) -> bool:
    """Say whether there is such an account."""
    return account_of(number=facts.number, authority=facts.authority) is not None


def end_account(*, facts: AccountFacts, patient: Patient, origin: Origin) -> Kept:
    """End an account (BAR P06); one that nobody knows is kept as ended. Twice is once.

    Raises:
        AccountOfOtherPatient: it belongs to somebody else.
    """
    with transaction.atomic():
        kept = keep_account(facts=facts, patient=patient, origin=origin)
        account = kept.account
        if account.status != AccountStatus.ENDED:
            account.status = AccountStatus.ENDED
            account.ended_at = facts.ended_at or facts.event_at or clock.now()
            changes.save(account, origin=origin)
        return kept


def rename_account(
    *, account: Account, number: str, authority: str, origin: Origin
) -> tuple[str, str]:
    """Give an account another number (ADT A49); the old one still finds it. Returns the old one.

    Raises:
        AccountNumberInUse: another account has it.
    """
    old = (account.number, account.authority)
    taken = account_of(number=number, authority=authority)
    if taken is not None and taken.pk != account.pk:
        raise AccountNumberInUse("another account has that number", field="PID-18")
    if old == (number, authority or account.authority):
        return old
    remember_number(account, number=old[0], authority=old[1])
    account.number, account.authority = number, authority or account.authority
    changes.save(account, origin=origin)
    return old


def remember_number(account: Account, *, number: str, authority: str) -> None:
    """Let a number the account had still find it."""
    FormerAccountNumber.objects.get_or_create(
        number=number, authority=authority, defaults={"account": account}
    )


def give_to(*, account: Account, patient: Patient, origin: Origin) -> None:
    """Move an account to another patient (ADT A44)."""
    account.patient = patient
    changes.save(account, origin=origin)


def _is_late(account: Account, facts: AccountFacts) -> bool:
    return is_late(
        event_at=facts.event_at,
        sender=facts.sender,
        known_at=account.last_event_at,
        known_sender=account.last_sender,
    )


def _list(account: Account, kind: str) -> dict[int, Listed]:
    return {row.position: row for row in TABLES[kind].objects.filter(account=account)}


def _replace(account: Account, kind: str, told: tuple[Told, ...], origin: Origin) -> None:
    """Make the list exactly what is told; of a row that stays, what is left out stays too."""
    known = _list(account, kind)
    now_told = numbered(told)
    for place, row in known.items():
        if place not in now_told:
            changes.delete(row, origin=origin)
    for place, facts in now_told.items():
        row = known.get(place) or TABLES[kind](account=account, position=place)
        if _is_another(row, facts):
            for name in _columns(kind):
                setattr(row, name, _empty(kind, name))
        for name, value in facts.fields.items():
            setattr(row, name, value)
        for name in facts.cleared:
            setattr(row, name, _empty(kind, name))
        changes.save(row, origin=origin)


def _is_another(row: Listed, told: Told) -> bool:
    """Say whether this place holds another insurance, person or diagnosis than before."""
    for name in ("plan_id", "company_id", "policy_number", "number", "code"):
        before, now = getattr(row, name, ""), told.fields.get(name, "")
        if before and now and before != now:
            return True
    return False


def _columns(kind: str) -> list[str]:
    fixed = {"id", "account", "position"}
    return [c.name for c in TABLES[kind]._meta.concrete_fields if c.name not in fixed]


def _empty(kind: str, name: str) -> str | datetime | None:
    return None if TABLES[kind]._meta.get_field(name).null else ""
