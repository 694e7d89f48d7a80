"""Take messages in: each kept, applied once and answered. The order of the steps is the promise.

The bytes, the effects, the events and the acknowledgement of a message are committed together;
only then its answer leaves. Where it cannot be applied, the bytes and the refusal are. Messages
that come at one time share a commit; one that fails harms no other. A crash before the commit
leaves no answer, so that the sender sends again (and `in_hand` what it was busy with); one after
it leaves an answer the sender is given again when it repeats the message.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction

from integrations.hl7 import ack
from integrations.hl7.inbox import admission, judging, locks, parking, repeats, rows, rules
from integrations.hl7.inbox.arrivals import Arrival, Incoming, Receipt, header_of
from integrations.hl7.inbox.models import InboundMessage
from integrations.hl7.inbox.repeats import Repeats
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import HubError

NOTHING_BEFORE: Final = Repeats()


class _Undone(Exception):  # noqa: N818 - not an error: a message that was not applied
    """A message alone in its transaction could not be applied: all of that is taken back."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


def receive(
    *,
    raw: bytes,
    address: str,
    routes: rules.Routes,
    truncated: bool = False,
    doorkeeper: admission.Doorkeeper | None = None,
) -> Receipt:
    """Keep `raw`, apply it, and return the answer; what cannot be applied is answered too."""
    keeper = doorkeeper or admission.Doorkeeper()
    for tries in range(len(rules.LOCK_PAUSES) + 1):
        arrival = Arrival(raw=raw, address=address, truncated=truncated, tries=tries)
        (receipt,) = receive_many([arrival], routes=routes, doorkeeper=keeper)
        if not receipt.again:
            break
        time.sleep(rules.LOCK_PAUSES[tries])
    return receipt


def receive_many(
    arrivals: Sequence[Arrival], *, routes: rules.Routes, doorkeeper: admission.Doorkeeper
) -> list[Receipt]:
    """Take messages in, in order, in one commit, and return the receipt of each.

    Raises:
        DatabaseError: nothing could be kept; nobody may be answered.
    """
    now = clock.now()
    incoming = [_taken_up(arrival, now) for arrival in arrivals]
    tries = [arrival.tries for arrival in arrivals]
    if len(incoming) == 1:
        return [_alone(incoming[0], tries[0], routes, doorkeeper)]
    try:
        with transaction.atomic():
            locks.take_turn(incoming, doorkeeper)
            numbered = rows.reserve(incoming)
            return [
                _one(message, tried, routes, doorkeeper, alone=False)
                for message, tried in zip(numbered, tries, strict=True)
            ]
    except IntegrityError:  # one of them breaks the commit of all: each on its own
        pairs = zip(incoming, tries, strict=True)
        return [_alone(message, tried, routes, doorkeeper) for message, tried in pairs]


def keep(
    arrivals: Sequence[Arrival], *, routes: rules.Routes, doorkeeper: admission.Doorkeeper
) -> list[Receipt]:
    """Keep messages of enhanced mode and return their accept acknowledgements (2.9.3).

    What may not be looked at is refused there and then. Those with `pending` in their receipt
    are to be applied: `receive_many`, with `kept_as`.

    Raises:
        DatabaseError: nothing could be kept.
    """
    now = clock.now()
    incoming = [Incoming.of(arrival, now=now) for arrival in arrivals]
    receipts: list[Receipt] = []
    with transaction.atomic():
        for message in rows.reserve(incoming):
            try:
                judging.look(message, routes=routes, doorkeeper=doorkeeper)
            except HubError as error:
                receipts.append(_refuse(message, error, doorkeeper))
            else:
                receipts.append(rows.kept(message))
    return receipts


def not_kept(raw: bytes) -> bytes | None:
    """Return the accept acknowledgement of a message that could not even be kept: CE (2.9.3)."""
    header = header_of(raw)
    if header is None:
        return None
    return ack.accept_ack(header, ack.internal_error(), control_id=rows.new_id(), now=clock.now())


def process(
    *,
    row: InboundMessage,
    routes: rules.Routes,
    doorkeeper: admission.Doorkeeper | None = None,
    forced: bool = False,
    quiet: bool = False,
) -> Receipt:
    """Apply a kept message and keep its acknowledgement, all or nothing.

    `forced`: a person wants it applied, whatever a rule for people would have held up.
    `quiet`: its sender was answered, or never sent it like this, and hears nothing of it.
    """
    keeper = doorkeeper or admission.Doorkeeper()
    incoming = Incoming.of_row(row, forced=forced, quiet=quiet)
    for tries in range(len(rules.LOCK_PAUSES) + 1):
        receipt = _alone(incoming, tries, routes, keeper)
        if not receipt.again:
            break
        time.sleep(rules.LOCK_PAUSES[tries])
    return receipt


def _taken_up(arrival: Arrival, now: datetime) -> Incoming:
    if arrival.kept_as is not None:
        return Incoming.of_row(InboundMessage.objects.get(pk=arrival.kept_as))
    return Incoming.of(arrival, now=now)


def _alone(
    incoming: Incoming, tries: int, routes: rules.Routes, doorkeeper: admission.Doorkeeper
) -> Receipt:
    """Take one message in, in a transaction of its own."""
    try:
        with transaction.atomic():
            locks.take_turn([incoming], doorkeeper)
            (numbered,) = rows.reserve([incoming])
            return _one(numbered, tries, routes, doorkeeper, alone=True)
    except _Undone as undone:
        error = undone.error
    except IntegrityError as broken:  # only the commit found out
        error = broken
    with transaction.atomic():
        (numbered,) = rows.reserve([incoming])
        return _refuse(numbered, error, doorkeeper)


def _one(
    incoming: Incoming,
    tries: int,
    routes: rules.Routes,
    doorkeeper: admission.Doorkeeper,
    *,
    alone: bool,
) -> Receipt:
    past = repeats.repeats_of(incoming)
    if past.answered is not None and past.answered != incoming.pk and not incoming.forced:
        return rows.copy(incoming, of=past.answered)
    if past.unsettled:
        rows.stand_for(incoming, [pk for pk, _ in past.unsettled])
        if max(tried for _, tried in past.unsettled) >= rules.ATTEMPTS:
            return _refuse(incoming, rules.too_dangerous(), doorkeeper)
    try:
        with transaction.atomic(savepoint=not alone):
            settled = judging.apply(
                incoming, routes=routes, doorkeeper=doorkeeper, reused=past.reused
            )
    except Exception as error:  # noqa: BLE001 - outermost loop: one bad message stops no other
        if judging.is_lock(error) and tries < len(rules.LOCK_PAUSES):
            return Receipt(message_id=0, answer=None, again=True)
        if alone:
            raise _Undone(error) from error
        return _refuse(incoming, error, doorkeeper, past)
    receipt = rows.settle(incoming, settled, doorkeeper=doorkeeper, repeats=past)
    parking.wake(settled.names)
    return receipt


def _refuse(
    incoming: Incoming,
    error: Exception,
    doorkeeper: admission.Doorkeeper,
    past: Repeats = NOTHING_BEFORE,
) -> Receipt:
    settled = judging.refused(error, incoming, doorkeeper)
    if isinstance(error, admission.UnknownSender) and incoming.header is not None:
        admission.write_down(error, incoming.header, address=incoming.address)
    return rows.settle(incoming, settled, doorkeeper=doorkeeper, repeats=past)
