"""Give visits and accounts other numbers and other owners; what belongs to them follows."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from archive.models import Patient
from archive.patients.queries import resolve
from pacs_hub.kernel.errors import Unknown
from pacs_hub.kernel.origin import Origin
from worklist.accounts import services as accounts
from worklist.accounts.models import Account
from worklist.accounts.queries import account_of
from worklist.accounts.rules import AccountFacts
from worklist.appointments.queries import visit_by_alternate
from worklist.exams.rules import ForAPerson
from worklist.orders import services as orders
from worklist.visits import services as visits
from worklist.visits.models import Visit
from worklist.visits.queries import visit_of
from worklist.visits.rules import VisitFacts


class NoSuchAccount(Unknown):
    """Nobody knows that account, or visit, here."""

    code = "no-such-account"


class ImagesWouldMove(ForAPerson):
    """Orders of the visit have images of its patient: a person moves them, or nobody."""

    code = "images-would-move"


@dataclass(frozen=True, kw_only=True)
class Number:
    """A number and the authority that gave it ("" where it is not said)."""

    value: str
    authority: str = ""


@dataclass(frozen=True)
class Changed:
    """One row that has another number or another owner now."""

    what: str
    id: int
    text: str


def change_account_number(
    *, patient: Patient, old: Number, new: Number, origin: Origin
) -> tuple[Changed | None, str]:
    """Let an account be known by `new` (A49); returns it, and what the sender should know.

    Raises:
        AccountNumberInUse: another account has the new number.
    """
    with transaction.atomic():
        account = account_of(number=old.value, authority=old.authority)
        known = account_of(number=new.value, authority=new.authority)
        if account is None:
            account = known or _opened(patient, new, origin)
            accounts.remember_number(account, number=old.value, authority=old.authority)
            note = "the old number was not known here; it is kept as another name"
            return Changed("account", account.pk, "account has another name"), note
        if known is not None and known.pk == account.pk:
            return None, ""
        accounts.rename_account(
            account=account, number=new.value, authority=new.authority, origin=origin
        )
        orders.follow_account_number(
            patient=resolve(account.patient), old=old.value, new=new.value, origin=origin
        )
        return Changed("account", account.pk, "account has another number"), ""


def change_visit_number(
    *, patient: Patient, old: Number, new: Number, origin: Origin
) -> tuple[Changed | None, str]:
    """Let a visit be known by `new` (A50), and its orders with it.

    Raises:
        VisitNumberInUse: another visit has the new number.
    """
    with transaction.atomic():
        visit = visit_of(number=old.value, authority=old.authority)
        known = visit_of(number=new.value, authority=new.authority)
        note = ""
        if visit is None:
            note = "the old number was not known here; it is kept as another name"
            visit = known or _begun(patient, new, origin)
            visits.remember_number(visit, number=old.value, authority=old.authority)
        elif known is not None and known.pk == visit.pk and visit.number == new.value:
            return None, ""
        else:
            visits.renumber_visit(
                visit=visit, number=new.value, authority=new.authority, origin=origin
            )
        orders.follow_visit_number(
            old=(old.value, old.authority), new=(new.value, new.authority), origin=origin
        )
        return Changed("visit", visit.pk, "visit has another number"), note


def change_alternate_number(
    *, patient: Patient, visit: Number, old: str, new: str, origin: Origin
) -> Changed | None:
    """Keep the other number of a visit (A51); None: nobody knows the visit."""
    with transaction.atomic():
        row = visit_of(number=visit.value, authority=visit.authority)
        row = row or visit_by_alternate(patient, (old, new))
        if row is None:
            return None
        visits.set_alternate_number(visit=row, number=new, origin=origin)
        return Changed("visit", row.pk, "visit has another alternate number")


def move_account(*, number: Number, patient: Patient, origin: Origin) -> list[Changed]:
    """Move an account, its visits and their orders to another patient (A44). Twice is once.

    Raises:
        NoSuchAccount: nobody knows it.
        ImagesWouldMove: a person has to look.
    """
    with transaction.atomic():
        account = account_of(number=number.value, authority=number.authority)
        if account is None:
            raise NoSuchAccount("no account has this number here", field="MRG-3")
        if resolve(account.patient).pk == patient.pk:
            return []
        accounts.give_to(account=account, patient=patient, origin=origin)
        changed = [Changed("account", account.pk, "account moved to another patient")]
        for visit in account.visits.select_for_update().order_by("pk"):
            changed += _move(visit, account, patient, origin)
        return changed


def move_visit(
    *, number: Number, account: Number, patient: Patient, origin: Origin
) -> list[Changed]:
    """Move a visit and its orders to another account, and under its patient (A45).

    Raises:
        NoSuchAccount: nobody knows the visit.
        ImagesWouldMove: a person has to look.
    """
    with transaction.atomic():
        visit = visit_of(number=number.value, authority=number.authority)
        if visit is None:
            raise NoSuchAccount("no visit has this number here", field="MRG-5")
        known = account_of(number=account.value, authority=account.authority)
        return _move(visit, known or _opened(patient, account, origin), patient, origin)


def _move(visit: Visit, account: Account, patient: Patient, origin: Origin) -> list[Changed]:
    if visit.account_id == account.pk and resolve(visit.patient).pk == patient.pk:
        return []
    changes_patient = resolve(visit.patient).pk != patient.pk
    visits.move_visit(visit=visit, account=account, patient=patient, origin=origin)
    changed = [Changed("visit", visit.pk, "visit moved")]
    theirs = orders.orders_of_visit(number=visit.number, authority=visit.authority)
    for order in theirs.select_for_update():
        if resolve(order.patient).pk == patient.pk and order.account_number == account.number:
            continue
        if changes_patient and _has_images(order.pk):
            raise ImagesWouldMove("exams of this visit have images of its patient", field="MRG-5")
        orders.give_order_to(
            order=order, patient=patient, account_number=account.number, origin=origin
        )
        changed.append(Changed("order", order.pk, f"order moved: {order.accession_number}"))
    return changed


def _has_images(order_id: int) -> bool:
    theirs = orders.exams_of_order(order_id)
    return any(exam.number_of_instances or exam.linked_at for exam in theirs)


def _opened(patient: Patient, number: Number, origin: Origin) -> Account:
    facts = AccountFacts(number=number.value, authority=number.authority)
    return accounts.keep_account(facts=facts, patient=patient, origin=origin).account


def _begun(patient: Patient, number: Number, origin: Origin) -> Visit:
    facts = VisitFacts(number=number.value, authority=number.authority)
    told = visits.tell_visit(facts=facts, command="update", patient=patient, origin=origin)
    if told.visit is None:  # the table has no such row
        raise NoSuchAccount("no visit has this number here", field="PV1-19")
    return told.visit
