"""Other numbers and other owners of visits and accounts: ADT A44 A45 A49 A50 A51."""

from __future__ import annotations

from archive.models import Patient
from integrations.hl7.inbound import whom
from integrations.hl7.inbound.context import Context, Effect, Held, warning
from integrations.hl7.maps.adt2numbers import moved_visits, old_and_new
from integrations.hl7.maps.rows import FieldMissing
from integrations.hl7.message import Message
from pacs_hub.kernel.errors import Unknown
from worklist.appointments import services
from worklist.appointments.services import Changed, Number


class NoSuchPatient(Unknown):
    """Nobody knows the patient something is moved to."""

    code = "no-such-patient"


def change_account(message: Message, context: Context) -> tuple[Effect, ...]:
    """Give an account another number (A49); the old one still finds it."""
    old, new = old_and_new(message, zone=context.zone)
    changed, note = services.change_account_number(
        patient=whom.registered(message, context),
        old=_number(old.account, old.account_authority, "MRG-3"),
        new=_number(new.account, new.account_authority, "PID-18"),
        origin=context.origin,
    )
    return _told(changed, note, field="MRG-3")


def change_visit(message: Message, context: Context) -> tuple[Effect, ...]:
    """Give a visit another number (A50); the old one still finds it, and its orders follow."""
    old, new = old_and_new(message, zone=context.zone)
    changed, note = services.change_visit_number(
        patient=whom.registered(message, context),
        old=_number(old.visit, old.visit_authority, "MRG-5"),
        new=_number(new.visit, new.visit_authority, "PV1-19"),
        origin=context.origin,
    )
    return _told(changed, note, field="MRG-5")


def change_alternate(message: Message, context: Context) -> tuple[Effect, ...]:
    """Keep the other number of a visit (A51)."""
    old, new = old_and_new(message, zone=context.zone)
    changed = services.change_alternate_number(
        patient=whom.registered(message, context),
        visit=Number(value=new.visit, authority=new.visit_authority),
        old=old.alternate,
        new=_number(new.alternate, "", "PV1-50").value,
        origin=context.origin,
    )
    note = "" if changed else "no visit has this number here; nothing to do"
    return _told(changed, note, field="MRG-6")


def move_account(message: Message, context: Context) -> tuple[Effect, ...]:
    """Move an account, its visits and their orders from MRG-1 to PID-3 (A44).

    Raises:
        NoSuchPatient, NoSuchAccount: nobody knows one of them.
        Held: images would move with it; a person decides.
    """
    old, new = old_and_new(message, zone=context.zone)
    number = _number(
        old.account or new.account,
        old.account_authority if old.account else new.account_authority,
        "MRG-3",
    )
    try:
        moved = services.move_account(
            number=number,
            patient=_known(message, context),
            origin=context.origin,
        )
    except services.ImagesWouldMove as error:
        raise Held(error.text, code=error.error_code, field=error.field or "") from error
    return tuple(_effect(each) for each in moved)


def move_visits(message: Message, context: Context) -> tuple[Effect, ...]:
    """Move visits from account MRG-3 to account PID-18, and under its patient (A45).

    Raises:
        NoSuchPatient, NoSuchAccount: nobody knows one of them.
        Held: images would move with it; a person decides.
    """
    pairs = list(moved_visits(message, zone=context.zone))
    patient = _known(message, context)
    moved: list[Changed] = []
    try:
        for old, new in pairs:
            from_old = bool(old.visit)
            moved += services.move_visit(
                number=_number(
                    old.visit or new.visit,
                    old.visit_authority if from_old else new.visit_authority,
                    "MRG-5",
                ),
                account=_number(new.account, new.account_authority, "PID-18"),
                patient=patient,
                origin=context.origin,
            )
    except services.ImagesWouldMove as error:
        raise Held(error.text, code=error.error_code, field=error.field or "") from error
    return tuple(_effect(each) for each in moved)


def _number(value: str, authority: str, field: str) -> Number:
    if not value:
        raise FieldMissing(f"{field} is empty", field=field)
    return Number(value=value, authority=authority)


def _effect(changed: Changed) -> Effect:
    return Effect(changed.what, changed.id, changed.text)


def _told(changed: Changed | None, note: str, *, field: str) -> tuple[Effect, ...]:
    done = (_effect(changed),) if changed else ()
    return (*done, warning(note, field=field)) if note else done


def _known(message: Message, context: Context) -> Patient:
    patient = whom.known(message, context)
    if patient is None:
        raise NoSuchPatient("no patient has this identifier here", field="PID-3")
    return patient
