"""One story of an order and its appointment, in every order networks may bring it."""

from __future__ import annotations

import itertools

import pytest

from integrations.hl7.inbox import services
from integrations.hl7.inbox.models import InboundMessage
from pacs_hub.access.queries import site
from pacs_hub.kernel.origin import Origin
from pacs_hub.wiring.mllp import ROUTES
from tests.support.builders import a_procedure, a_station
from tests.support.messages import orm_o01
from tests.support.mllp_door import a_sender, a_site
from tests.support.scheduled import siu
from worklist.appointments.services import adopt_order
from worklist.models import Appointment, Exam

pytestmark = pytest.mark.django_db
ORIGIN = Origin.from_event(reaction="test", correlation_id="c" * 32)


@pytest.fixture(autouse=True)
def _hospital() -> None:
    a_site()
    a_sender()
    a_procedure()
    a_station()


def send(message: str) -> None:
    services.receive(raw=message.encode(), address="127.0.0.1", routes=ROUTES)


def replay_what_waits() -> None:
    """Apply what waited for its order, and let appointments adopt it, as the hub does by itself."""
    for row in InboundMessage.objects.filter(processing_state="parked").order_by("pk"):
        services.process(row=row, routes=ROUTES)
    for exam in Exam.objects.all():
        adopt_order(exam_id=exam.pk, site=site(), origin=ORIGIN)


def named(number: int, *, by_order: bool) -> dict[str, str]:
    if by_order:
        return {"number": f"A{number}^S", "order": f"F{number}^RIS"}
    return {"number": f"X{number}"}


MOVED = "20261125140000+0000"
LAST = {
    "S13": ("booked", "scheduled", True),
    "S15": ("cancelled", "ordered", False),
    "S26": ("no_show", "no_show", True),
}


@pytest.mark.parametrize("by_order", [True, False])
@pytest.mark.parametrize("last", sorted(LAST))
def test_every_order_of_arrival_ends_the_same(last: str, by_order: bool) -> None:
    ends = set()
    for number, turn in enumerate(itertools.permutations(range(4))):
        who = named(number, by_order=by_order)
        story = [
            orm_o01("NW", accession=f"X{number}", placer=f"P{number}^H", filler=f"F{number}^RIS"),
            siu("S12", **who),
            siu("S13", start=MOVED, at="20261124100000+0000", **who),
            siu(last, start=MOVED, at="20261124110000+0000", **who),
        ]
        for place in turn:
            for _ in range(1 + (number + place) % 2):  # some of them twice
                send(story[place])
        replay_what_waits()
        row = Appointment.objects.get(filler_number=who["number"].partition("^")[0])
        exam = Exam.objects.get(accession_number=f"X{number}")
        ends.add((row.status, exam.status, exam.scheduled_for == row.start))
    assert ends == {LAST[last]}
