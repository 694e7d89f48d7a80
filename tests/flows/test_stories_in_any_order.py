"""Admissions, orders and appointments end as told, whatever networks and crashes did on the way.

Any happenings, repeated and interrupted by crashes at every seam of the door, and happenings that
make sense in which messages of one sender changed places: the hospital ends as if nothing had
been. Where an order and its appointment each say a time, who says it first is not settled here:
orders with an appointment bring none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any, Final

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.hl7.inbound.context import Context, Effect, Outcome
from integrations.hl7.inbox import recovery, services
from integrations.hl7.inbox.admission import Doorkeeper
from integrations.hl7.inbox.arrivals import Arrival
from integrations.hl7.message import Message
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import HubError
from pacs_hub.wiring.mllp import ROUTES
from tests.support.builders import a_procedure, a_station
from tests.support.forwarding import relay
from tests.support.mllp_door import a_sender, a_site
from tests.support.stories import EVENTS, Happening, again, cases, told, world

pytestmark = pytest.mark.django_db
HERE: Final = "127.0.0.1"
CHOICE: Final = st.integers(0, 1)
ENDS: Final = st.sampled_from([[], [("CA", 0)], [("IP", 0)], [("IP", 0), ("CM", 0)]])


def some(*events: str) -> st.SearchStrategy[list[tuple[str, int]]]:
    """Return one of these events, or none."""
    return st.sampled_from([[], *[[(event, 0)] for event in events]])


class Killed(BaseException):
    """The process dies here: nothing after it happens."""


@contextmanager
def hospital() -> Iterator[Doorkeeper]:
    """Open an empty hospital, and undo everything in the end."""
    with transaction.atomic():
        a_site()
        a_sender()
        a_procedure()
        a_station()
        yield Doorkeeper()
        transaction.set_rollback(True)


def dying_after(message: Message, context: Context) -> Outcome | tuple[Effect, ...]:
    """Apply the message, or begin to, and die before the commit."""
    with suppress(HubError):
        ROUTES[message.get("MSH-9.1"), message.get("MSH-9.2")](message, context)
    raise Killed


DYING: Final = dict.fromkeys(ROUTES, dying_after)


def receive(raw: bytes, keeper: Doorkeeper) -> None:
    """Take a message in as the listener does."""
    services.receive(raw=raw, address=HERE, routes=ROUTES, doorkeeper=keeper)


def die_while_applying(raw: bytes, keeper: Doorkeeper) -> None:
    """Die in the middle of a message; the next process finds it in the hands of this one."""
    with pytest.raises(Killed), transaction.atomic():
        services.receive(raw=raw, address=HERE, routes=DYING, doorkeeper=keeper)
    recovery.take_in_hand(arrivals=[Arrival(raw=raw, address=HERE)])


def sweep() -> None:
    """Do what the tasks do a while later: what was left behind, what waited, the reactions."""
    late = clock.now() + timedelta(seconds=60)
    for _ in range(2):  # what was applied by the first may be what others wait for
        recovery.process_left_behind(routes=ROUTES, now=late, lease_seconds=30)
        recovery.apply_parked(routes=ROUTES, now=clock.now(), lease_seconds=30)
        relay()


def goes_well(raw: bytes, keeper: Doorkeeper) -> None:
    receive(raw, keeper)


def is_sent_twice(raw: bytes, keeper: Doorkeeper) -> None:
    receive(raw, keeper)
    receive(raw, keeper)


def is_sent_again_as_another(raw: bytes, keeper: Doorkeeper) -> None:
    receive(raw, keeper)
    receive(again(raw), keeper)


def dies_and_is_sent_again(raw: bytes, keeper: Doorkeeper) -> None:
    die_while_applying(raw, keeper)
    receive(raw, keeper)


def dies_and_is_swept(raw: bytes, keeper: Doorkeeper) -> None:
    die_while_applying(raw, keeper)
    sweep()


def is_kept_and_then_dies(raw: bytes, keeper: Doorkeeper) -> None:
    """Enhanced mode: accepted, not yet applied."""
    services.keep([Arrival(raw=raw, address=HERE)], routes=ROUTES, doorkeeper=keeper)
    sweep()


MISFORTUNES: Final = (
    goes_well,
    is_sent_twice,
    is_sent_again_as_another,
    dies_and_is_sent_again,
    dies_and_is_swept,
    is_kept_and_then_dies,
)


def clean(messages: Sequence[bytes]) -> tuple[dict[str, Any], set[tuple[str, str]]]:
    """Return how the story ends where nothing goes wrong."""
    with hospital() as keeper:
        for raw in messages:
            receive(raw, keeper)
            sweep()
        return world(), cases()


def stories(most: int) -> st.SearchStrategy[list[Happening]]:
    """Return any happenings in any order."""
    one = st.tuples(st.sampled_from(EVENTS), st.integers(1, 3), st.integers(0, 1))
    return st.lists(one, min_size=1, max_size=most)


def assert_same(
    found: tuple[dict[str, Any], set[tuple[str, str]]],
    expected: tuple[dict[str, Any], set[tuple[str, str]]],
) -> None:
    """Compare part by part, so that a failure says little."""
    for part, rows in expected[0].items():
        assert found[0][part] == rows, part
    assert found[1] == expected[1], "what waits"


def check_misfortunes(story: list[Happening], data: st.DataObject) -> None:
    messages = told(story)
    expected = clean(messages)
    with hospital() as keeper:
        for n, raw in enumerate(messages):
            data.draw(st.sampled_from(MISFORTUNES))(raw, keeper)
            if late := data.draw(st.integers(0, n)):  # an old one again, long after
                receive(messages[n - late], keeper)
        sweep()
        assert_same((world(), cases()), expected)


SETTINGS: Final = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@settings(SETTINGS, max_examples=40)
@given(story=stories(10), data=st.data())
def test_repeats_and_crashes_leave_no_trace(story: list[Happening], data: st.DataObject) -> None:
    check_misfortunes(story, data)


@pytest.mark.soak
@settings(SETTINGS, max_examples=2_000)
@given(story=stories(24), data=st.data())
def test_repeats_and_crashes_leave_no_trace_in_long_stories(
    story: list[Happening], data: st.DataObject
) -> None:
    check_misfortunes(story, data)


@st.composite
def lives(draw: st.DrawFn) -> list[Happening]:
    """Return what does happen: stays, orders and appointments each from their beginning on."""
    tracks: list[list[Happening]] = []
    for p in (1, 2):
        words = st.lists(st.tuples(st.sampled_from(["A02", "A08", "A31"]), CHOICE), max_size=3)
        stay = [(draw(st.sampled_from(["A01", "A04"])), 0), *draw(words), *draw(some("A03", "A11"))]
        order = [("NW", 0), *[("XO", 0)] * draw(CHOICE), *draw(ENDS)]
        booking = [("S12", 0), *[("S13", 0)] * draw(CHOICE), *draw(some("S15", "S26"))]
        tracks += [
            [(event, p, choice) for event, choice in track]
            for track in (stay, order, booking, [("NW", 1)])
            if draw(st.booleans())
        ]
    turns = draw(st.permutations([n for n, track in enumerate(tracks) for _ in track]))
    left = [iter(track) for track in tracks]
    story = [next(left[n]) for n in turns]
    if draw(st.booleans()):
        story.insert(draw(st.integers(0, len(story))), ("A40", 1, 0))
    return story


def check_swaps(story: list[Happening], data: st.DataObject) -> None:
    messages = told(story)
    expected = clean(messages)
    turn = list(range(len(messages)))
    first = 0
    while first + 1 < len(turn):
        if data.draw(st.booleans()):
            turn[first], turn[first + 1] = turn[first + 1], turn[first]
            first += 1
        first += 1
    with hospital() as keeper:
        for place in turn:
            receive(messages[place], keeper)
        sweep()
        assert_same((world(), cases()), expected)


@settings(SETTINGS, max_examples=30)
@given(story=lives(), data=st.data())
def test_messages_that_change_places_end_as_told(
    story: list[Happening], data: st.DataObject
) -> None:
    check_swaps(story, data)


@pytest.mark.soak
@settings(SETTINGS, max_examples=2_000)
@given(story=lives(), data=st.data())
def test_many_messages_that_change_places_end_as_told(
    story: list[Happening], data: st.DataObject
) -> None:
    check_swaps(story, data)


def test_a_cancel_before_the_order_has_followed_its_missed_appointment_ends_the_same() -> None:
    messages = told([("S26", 1, 0), ("NW", 1, 1), ("S15", 1, 0)])
    expected = clean(messages)
    with hospital() as keeper:
        for raw in messages:
            receive(raw, keeper)
        sweep()
        assert_same((world(), cases()), expected)
