"""Keep visits: where patients are, since when, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from archive.models import Patient
from archive.patients.queries import resolve
from pacs_hub.audit import changes
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Conflict, Unknown
from pacs_hub.kernel.origin import Origin
from worklist.accounts.models import Account
from worklist.accounts.rules import AccountFacts, is_late
from worklist.accounts.services import AccountOfOtherPatient, keep_account
from worklist.visits.models import FormerVisitNumber, Visit, VisitMove, VisitStatus
from worklist.visits.queries import visit_of
from worklist.visits.rules import COPIED, UNKNOWN, Command, Decision, VisitFacts, decide


class NoSuchVisit(Unknown):
    """Nobody knows that visit here."""

    code = "no-such-visit"


class VisitOfOtherPatient(Conflict):
    """The visit is known here, for another patient; it is never moved silently."""

    code = "visit-of-other-patient"


class VisitContradicts(Conflict):
    """What is told of the visit cannot be true together with what is known of it."""

    code = "visit-contradicts"


class VisitNumberInUse(Conflict):
    """Another visit has that number."""

    code = "visit-number-in-use"


@dataclass(frozen=True)
class Told:
    """What a message did: the visit (None: nobody knows it), its state before, and remarks."""

    visit: Visit | None
    before: str
    applied: bool
    notes: tuple[str, ...] = ()

    @property
    def is_new(self) -> bool:
        """Say whether nobody knew the visit before."""
        return self.applied and self.before == UNKNOWN


def tell_visit(
    *,
    facts: VisitFacts,
    command: Command,
    patient: Patient,
    origin: Origin,
    known: Visit | None = None,
    forced: bool = False,
) -> Told:
    """Apply one event to a visit: its state by the table, its attributes if they are not late.

    `known` is the visit where it was looked up; a person may have `forced` what contradicts.

    Raises:
        NoSuchVisit: an arrival for a visit nobody knows.
        VisitContradicts: a person has to look.
        VisitOfOtherPatient: it belongs to somebody else.
    """
    with transaction.atomic(savepoint=False):
        visit = known or visit_of(number=facts.number, authority=facts.authority)
        before = visit.status if visit is not None else UNKNOWN
        late_state = visit is not None and _is_late(visit, facts, visit.state_event_at)
        decision = decide(before, command, late=late_state)
        if decision.do == "refuse":
            raise NoSuchVisit("no visit has this number here", field="PV1-19")
        if decision.do == "hold" and forced:  # the one pair that contradicts
            decision = Decision(do="move", state=VisitStatus.CANCELLED)
        if decision.do == "hold":
            raise VisitContradicts(decision.note, field="PV1-19")
        notes = (decision.note,) if decision.note else ()
        if decision.do == "ignore":
            return Told(visit, before, False, notes)
        if visit is None:
            visit = Visit(
                patient=patient,
                number=facts.number,
                authority=facts.authority,
                status=decision.state,
                updated_at=clock.now(),
            )
        if visit.patient_id != patient.pk and resolve(visit.patient).pk != patient.pk:
            raise VisitOfOtherPatient("this visit belongs to another patient here", field="PV1-19")
        late = _is_late(visit, facts, visit.last_event_at)
        if late and not notes:
            notes = ("older than what is known: only what was missing was taken",)
        _keep(visit, facts, command, late=late)
        _move(visit, facts, command, decision.state)
        try:
            account = _account(visit, facts, origin)
            visit.account_id = account.pk if account is not None else visit.account_id
        except AccountOfOtherPatient as error:
            notes = (*notes, f"{error.text}: the visit is kept without it")
        changes.save(visit, origin=origin)
        if command in ("transfer", "cancel_transfer"):
            _write_move(visit, facts, command, late=late, origin=origin)
        return Told(visit, before, True, notes)


def renumber_visit(*, visit: Visit, number: str, authority: str, origin: Origin) -> None:
    """Give a visit another number (ADT A50); the old one still finds it.

    Raises:
        VisitNumberInUse: another visit has it.
    """
    taken = visit_of(number=number, authority=authority)
    if taken is not None and taken.pk != visit.pk:
        raise VisitNumberInUse("another visit has that number", field="PV1-19")
    if visit.number == number:
        return
    remember_number(visit, number=visit.number, authority=visit.authority)
    visit.number, visit.authority = number, authority or visit.authority
    changes.save(visit, origin=origin)


def remember_number(visit: Visit, *, number: str, authority: str) -> None:
    """Let a number the visit had still find it."""
    FormerVisitNumber.objects.get_or_create(
        number=number, authority=authority, defaults={"visit": visit}
    )


def set_alternate_number(*, visit: Visit, number: str, origin: Origin) -> None:
    """Keep the other number of a visit (ADT A51, PV1-50)."""
    visit.alternate_number = number
    changes.save(visit, origin=origin)


def move_visit(*, visit: Visit, account: Account | None, patient: Patient, origin: Origin) -> bool:
    """Put a visit on another account, and with it under that patient (ADT A44, A45).

    Returns whether anything moved.
    """
    changed = visit.patient_id != patient.pk or (account and visit.account_id != account.pk)
    visit.patient = patient
    visit.account = account or visit.account
    changes.save(visit, origin=origin)
    return bool(changed)


def _is_late(visit: Visit, facts: VisitFacts, known_at: datetime | None) -> bool:
    return is_late(
        event_at=facts.event_at,
        sender=facts.sender,
        known_at=known_at,
        known_sender=visit.last_sender,
    )


def _keep(visit: Visit, facts: VisitFacts, command: Command, *, late: bool) -> None:
    """Take over what the message says; of late news only what nobody had said."""
    for name in COPIED:
        value: Any = getattr(facts, name)
        if value not in ("", None):
            if not (late and getattr(visit, name)):
                setattr(visit, name, value)
        elif name in facts.cleared and not late:
            setattr(visit, name, None if Visit._meta.get_field(name).null else "")
    if command == "arrive" and visit.arrived_at is None:
        visit.arrived_at = facts.event_at or clock.now()
    if not late and facts.event_at is not None:
        visit.last_event_at, visit.last_sender = facts.event_at, facts.sender


def _move(visit: Visit, facts: VisitFacts, command: Command, state: str) -> None:
    """Move the visit to `state`; "" leaves it. What tells its state again moves that clock too."""
    if state:
        visit.status = state
    told = state or (command in SPEAKS_OF and visit.status == SPEAKS_OF[command])
    known = visit.state_event_at
    if told and facts.event_at is not None and (known is None or facts.event_at > known):
        visit.state_event_at = facts.event_at
    if command == "discharge" and visit.status == VisitStatus.FINISHED:
        visit.discharged_at = visit.discharged_at or facts.event_at
    if visit.status != VisitStatus.FINISHED:  # a late or cancelled discharge leaves no time behind
        visit.discharged_at = None


SPEAKS_OF: dict[Command, str] = {
    "admit": VisitStatus.IN_PROGRESS,
    "transfer": VisitStatus.IN_PROGRESS,
    "discharge": VisitStatus.FINISHED,
    "cancel_discharge": VisitStatus.IN_PROGRESS,
    "cancel_admit": VisitStatus.CANCELLED,
    "cancel_plan": VisitStatus.CANCELLED,
    "plan": VisitStatus.PLANNED,
}
"""The state each event tells of, though it may be so already."""


def _account(visit: Visit, facts: VisitFacts, origin: Origin) -> Account | None:
    """Return the account of PID-18, opened where nobody knows it; A44 and A45 move it."""
    if not facts.account_number or visit.account_id is not None:
        return None
    kept = keep_account(
        facts=AccountFacts(
            number=facts.account_number,
            authority=facts.account_authority,
            patient_class=facts.patient_class,
            financial_class=facts.financial_class,
            event_at=facts.event_at,
            sender=facts.sender,
        ),
        patient=resolve(visit.patient),
        origin=origin,
    )
    return kept.account


def _write_move(
    visit: Visit, facts: VisitFacts, command: Command, *, late: bool, origin: Origin
) -> None:
    VisitMove.objects.create(
        visit=visit,
        at=facts.event_at or clock.now(),
        location=facts.location,
        prior_location=facts.prior_location,
        event=command,
        late=late,
        source_id=origin.source_id[:80],
    )
