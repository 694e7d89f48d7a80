"""Repeats, delays and crashes of HL7 messages end where the clean sequence ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.models import Patient, PatientIdentifier
from integrations.hl7.inbound.context import Context, Effect, Outcome
from integrations.hl7.inbox import recovery, services
from integrations.hl7.inbox.admission import Doorkeeper
from integrations.hl7.inbox.arrivals import Arrival
from integrations.hl7.inbox.models import InboundMessage
from integrations.hl7.message import Message
from pacs_hub.wiring.mllp import ROUTES
from tests.support.messages import adt, msh, orm_o01, pid
from tests.support.mllp_door import a_sender, a_site
from worklist.models import Exam, Order, ScheduledProcedureStep

pytestmark = pytest.mark.django_db

NAMES = ("DOE^JANE", "DOE^JANET", "ROE^JANE")


class Killed(BaseException):
    """The process dies here: nothing after it happens."""


@contextmanager
def taken_back() -> Iterator[None]:
    """Undo everything in the end, so that two worlds can be compared."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def script(steps: list[tuple[str, int, int]]) -> list[bytes]:
    """Return the messages of what happened, minute by minute."""
    found = []
    for n, (kind, patient, choice) in enumerate(steps):
        at = f"202611240{9 + n // 60 if n >= 60 else 9}{n % 60:02d}00+0000"
        person = pid(identifier=f"P{patient}^^^GH^MR", name=NAMES[choice])
        if kind == "A08":
            header = msh("ADT^A08^ADT_A01", number=f"M{n}", at=at)
            found.append(adt("A08", header=header, person=person, at=at))
        else:
            header = msh("ORM^O01^ORM_O01", number=f"M{n}", at=at)
            control = "NW" if kind == "NW" else "CA"
            text = orm_o01(
                control, header=header, person=person, placer=f"O{patient}{choice}^HIS", at=at
            )
            found.append(text)
    return [text.encode() for text in found]


def world() -> dict[str, Any]:
    """Return what the hospital can see."""
    return {
        "patients": sorted(
            PatientIdentifier.objects.values_list("value", "patient__name", "patient__state")
        ),
        "people": Patient.objects.count(),
        "orders": sorted(Order.objects.values_list("placer_order_number", "status")),
        "exams": sorted(Exam.objects.values_list("placer_order_number", "status")),
        "steps": sorted(
            ScheduledProcedureStep.objects.values_list(
                "requested_procedure__placer_order_number", "status"
            )
        ),
    }


def dying_after(message: Message, context: Context) -> Outcome | tuple[Effect, ...]:
    """Apply the message, and die before the commit."""
    ROUTES[message.get("MSH-9.1"), message.get("MSH-9.2")](message, context)
    raise Killed


def send(raw: bytes, how: str, keeper: Doorkeeper) -> None:
    """Send a message until it is answered, with one misfortune on the way."""
    arrival = Arrival(raw=raw, address="127.0.0.1")
    if how == "dies in the middle":
        with pytest.raises(Killed), transaction.atomic():
            services.receive(
                raw=raw,
                address="127.0.0.1",
                routes=dict.fromkeys(ROUTES, dying_after),
                doorkeeper=keeper,
            )
        recovery.take_in_hand(arrivals=[arrival])
    receipt = services.receive(raw=raw, address="127.0.0.1", routes=ROUTES, doorkeeper=keeper)
    if how in ("dies before the answer", "is sent twice"):
        again = services.receive(raw=raw, address="127.0.0.1", routes=ROUTES, doorkeeper=keeper)
        first, second = (bytes(r.answer or b"").split(b"\r", 1)[1] for r in (receipt, again))
        assert first == second, "the same answer"


STEPS = st.lists(
    st.tuples(st.sampled_from(["A08", "NW", "NW", "CA"]), st.integers(1, 2), st.integers(0, 2)),
    min_size=1,
    max_size=8,
)
MISFORTUNES = st.sampled_from(
    ["goes well", "is sent twice", "dies in the middle", "dies before the answer"]
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS, data=st.data())
def test_misfortunes_leave_no_trace(steps: list[tuple[str, int, int]], data: st.DataObject) -> None:
    messages = script(steps)
    with taken_back():
        a_site()
        a_sender()
        keeper = Doorkeeper()
        for raw in messages:
            services.receive(raw=raw, address="127.0.0.1", routes=ROUTES, doorkeeper=keeper)
        clean = world()
    with taken_back():
        a_site()
        a_sender()
        keeper = Doorkeeper()
        for n, raw in enumerate(messages):
            send(raw, data.draw(MISFORTUNES), keeper)
            if late := data.draw(st.integers(0, n)):  # an old one again, long after
                services.receive(
                    raw=messages[n - late], address="127.0.0.1", routes=ROUTES, doorkeeper=keeper
                )
        assert world() == clean
        assert not InboundMessage.objects.filter(processing_state="received").exists()


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS, cuts=st.lists(st.integers(1, 5), min_size=8, max_size=8))
def test_messages_that_share_a_commit_are_as_good_as_single_ones(
    steps: list[tuple[str, int, int]], cuts: list[int]
) -> None:
    messages = script(steps)
    messages.insert(len(messages) // 2, b"not HL7 at all")
    worlds = []
    for sizes in ([1] * 9, cuts):
        with taken_back():
            a_site()
            a_sender()
            keeper, rest = Doorkeeper(), messages
            for size in sizes * 2:
                arrivals = [Arrival(raw=raw, address="127.0.0.1") for raw in rest[:size]]
                if arrivals:
                    services.receive_many(arrivals, routes=ROUTES, doorkeeper=keeper)
                rest = rest[size:]
            worlds.append((world(), InboundMessage.objects.count()))
    assert worlds[0] == worlds[1]
