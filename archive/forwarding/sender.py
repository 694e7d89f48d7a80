"""Drive the lane of one peer: its sendings in turn, object by object (PS3.4 B).

No transaction is open while the network is waited for. What was sent is written down every
second, so a crash sends at most that again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Final

from archive.forwarding import services
from archive.forwarding.departure import Stock, depart
from archive.forwarding.models import ItemState, Lane, Sending, SendingItem
from archive.forwarding.queries import kinds_of, left_of, next_sending
from archive.forwarding.rules import (
    BREAKS,
    SYNTAXES,
    is_open,
    opens_at,
    outcome_of,
    words_for,
)
from archive.forwarding.services import Done
from archive.requestor.association import Peer, PeerAway, Times, open_association
from archive.requestor.peers import configured_peer
from archive.requestor.proposal import Wanted
from archive.requestor.requests import c_echo
from archive.requestor.store_scu import StoreScu, offers
from archive.retrieve.leaving import Leaving
from archive.store.models import Instance
from pacs_hub.access.queries import site
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import HubError, Unavailable

logger = logging.getLogger(__name__)

TURN_SECONDS: Final = 10.0
OBJECTS_A_TURN: Final = 200
FLUSH_SECONDS: Final = 1.0
FLUSH_OBJECTS: Final = 50
TIMES: Final = Times(connect=5.0, accept=15.0)
VERIFICATION: Final = "1.2.840.10008.1.1"
IMPLICIT: Final = "1.2.840.10008.1.2"


class LaneStops(Unavailable):
    """The peer does not take anything now: the rest of its lane waits."""

    code = "peer-refused"


def drive(ae_title: str, *, ours: str, stock: Stock, seconds: float) -> int:
    """Send what is due for a peer, for about that long; returns how many objects went.

    Returns at once where another process drives the lane. `ours` is our AE title.
    """
    lane = services.claim_lane(ae_title)
    if lane is None:
        return 0
    try:
        driver = _Driver(lane=lane, ours=ours, stock=stock, until=time.monotonic() + seconds)
        return driver.run()
    finally:
        services.release_lane(lane)


@dataclass(kw_only=True)
class _Driver:
    """One process at one lane."""

    lane: Lane
    ours: str
    stock: Stock
    until: float
    went: int = 0

    def run(self) -> int:
        try:
            if self.lane.failures >= BREAKS:
                self._probe()
            while time.monotonic() < self.until:
                sending = next_sending(self.lane.ae_title, now=clock.now())
                if sending is None:
                    break
                self._turn(sending)
        except LaneStops as error:
            services.lane_failed(self.lane, text=error.text)
        return self.went

    def _probe(self) -> None:
        """Ask the peer whether it is there before anything is sent to it (half-open circuit)."""
        wanted = Wanted(abstract_syntax=VERIFICATION, transfer_syntaxes=(IMPLICIT,))
        try:
            with open_association(self._peer(), contexts=[wanted], times=TIMES) as association:
                c_echo(association)
        except PeerAway as error:
            if error.error_code != "no-context":  # it answers, though it does not verify
                raise LaneStops(error.text) from error
        services.lane_works(self.lane)

    def _turn(self, sending: Sending) -> None:
        local = clock.now().astimezone(site().zone)
        if not is_open(sending.window, local):
            services.wait_until(sending.pk, opens_at(sending.window, local))
            return
        services.begin(sending)
        turn = _Turn(sending=sending, lane=self.lane, stock=self.stock)
        try:
            proposed = _with_wish(kinds_of(sending.pk), sending.transfer_syntax)
            try:
                with StoreScu(self._peer(), offers=proposed, times=TIMES) as scu:
                    turn.send(scu, until=min(self.until, time.monotonic() + TURN_SECONDS))
            finally:
                turn.flush()
                self.went += turn.went
        except PeerAway as error:
            services.postpone(sending.pk, code=error.error_code, text=error.text)
            raise LaneStops(error.text) from error
        except LaneStops as error:
            services.postpone(sending.pk, code=error.error_code, text=error.text)
            raise
        except Unavailable as error:  # of ours: the storage area is away
            services.postpone(sending.pk, code=error.error_code, text=error.text)
            return
        services.finish(sending.pk)

    def _peer(self) -> Peer:
        try:
            return configured_peer(self.lane.ae_title, ours=self.ours)
        except PeerAway as error:
            raise LaneStops(error.text) from error


@dataclass(kw_only=True)
class _Turn:
    """One sending on one association."""

    sending: Sending
    lane: Lane
    stock: Stock
    went: int = 0
    done: list[Done] = field(default_factory=list)
    flushed: float = field(default_factory=time.monotonic)
    hopeless: dict[str, str] = field(default_factory=dict)
    """SOP classes the peer takes in no way, and what is said of that."""

    def send(self, scu: StoreScu, *, until: float) -> None:
        for item, row in left_of(self.sending.pk, limit=OBJECTS_A_TURN):
            if row is None:
                self._note(item, ItemState.SKIPPED)
            elif row.sop_class_uid in self.hopeless:
                self._note(item, ItemState.FAILED, text=self.hopeless[row.sop_class_uid])
            else:
                self._one(scu, item, row)
            if not self._goes_on() or time.monotonic() > until:
                return

    def _one(self, scu: StoreScu, item: SendingItem, row: Instance) -> None:
        def prepare(accepted: tuple[str, ...]) -> Leaving:
            return depart(row, sending=self.sending, stock=self.stock, accepted=accepted)

        try:
            status = self._finished(scu.delivering(row.sop_class_uid, prepare))
        except PeerAway as error:
            if error.error_code == "no-context":
                self.hopeless[row.sop_class_uid] = error.text
                self._note(item, ItemState.FAILED, text=error.text)
                return
            services.set_behind(item.pk)
            raise
        except Unavailable:
            raise
        except HubError as error:
            self._note(item, ItemState.FAILED, text=error.text)
            return
        self._answered(item, status)

    def _answered(self, item: SendingItem, status: int) -> None:
        text = words_for(status, ae_title=self.sending.ae_title) if status else ""
        outcome = outcome_of(status)
        if outcome == "later":
            raise LaneStops(text)
        services.lane_works(self.lane)
        self._note(item, ItemState(outcome), status=status, text=text)
        self.went += outcome != "failed"

    def _finished(self, sending: Generator[None, None, int]) -> int:
        """Run it to its end, and keep the lane while that takes its time."""
        while True:
            try:
                next(sending)
            except StopIteration as end:
                return int(end.value)
            if time.monotonic() - self.flushed > FLUSH_SECONDS:
                self.flush()

    def _note(
        self, item: SendingItem, state: ItemState, *, status: int | None = None, text: str = ""
    ) -> None:
        self.done.append(Done(item_id=item.pk, state=state, status=status, text=text))

    def _goes_on(self) -> bool:
        late = time.monotonic() - self.flushed > FLUSH_SECONDS
        return self.flush() if late or len(self.done) >= FLUSH_OBJECTS else True

    def flush(self) -> bool:
        """Write down what went; False when a person stopped the sending."""
        done, self.done, self.flushed = self.done, [], time.monotonic()
        services.keep_lane(self.lane)
        return services.record(self.sending.pk, done)


def _with_wish(kinds: list[tuple[str, str]], wish: str) -> dict[str, tuple[str, ...]]:
    """Return what to propose: the syntax that is asked for first."""
    proposed = offers(kinds)
    if not wish:
        return proposed
    return {uid: tuple(dict.fromkeys((SYNTAXES[wish], *s))) for uid, s in proposed.items()}
