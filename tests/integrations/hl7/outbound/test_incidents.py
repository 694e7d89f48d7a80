"""A receiver in trouble is one incident, however often it is tried; nothing is lost or doubled."""

from __future__ import annotations

from datetime import timedelta

import pytest

from integrations.hl7.outbound import lines, services
from integrations.hl7.outbound.models import OutboundIncident, OutboundLine, OutboundMessage
from integrations.hl7.outbound.queries import incidents, line_views
from pacs_hub.kernel import clock
from tests.support.builders import MORNING
from tests.support.mllp_door import a_receiver
from tests.support.peers.hospital import receiving
from tests.support.ports import free_ports
from tests.support.sending import MovedClock, a_queued_charge, send
from worklist.models import Exam

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def moved(monkeypatch: pytest.MonkeyPatch) -> MovedClock:
    """Return the clock of the hub, moved by the test."""
    moved = MovedClock(clock.now())
    monkeypatch.setattr(clock, "now", moved.now)
    return moved


def test_a_billing_system_down_for_an_hour_then_refusing_twice(moved: MovedClock) -> None:
    (port,) = free_ports(1)
    row = a_queued_charge(port)
    for _ in range(360):  # every ten seconds for an hour
        send(at_once=False)
        moved.pass_(timedelta(seconds=10))
    (incident,) = OutboundIncident.objects.all()
    assert (incident.code, incident.closed_at) == ("peer-unreachable", None)
    assert 100 < incident.failures < 130
    assert incident.last_at - incident.opened_at > timedelta(minutes=58)
    (view,) = line_views()
    assert (view.waiting, view.oldest_at, view.incident) == (1, row.created_at, incident)
    answers = [("AE", "101"), ("AE", "101"), ("AA", "")]
    moved.pass_(timedelta(seconds=30))
    with receiving(lambda _id: answers.pop(0), port=port) as billing:
        assert send(at_once=False) == 1
        for _ in range(2):
            moved.pass_(timedelta(minutes=20))
            assert send(at_once=False) == 0  # a refused charge waits for a person
            failed = OutboundMessage.objects.filter(state="rejected").latest("pk")
            services.resend(outbound_id=failed.pk)
            assert send(at_once=False) == 1
        moved.pass_(timedelta(days=1))
        assert send(at_once=False) == 0
    states = OutboundMessage.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["rejected", "rejected", "acknowledged"]
    assert len({m.split("\rFT1|")[1].split("|")[1] for m in billing.messages}) == 1
    assert len(billing.messages) == 3
    assert Exam.objects.get().charge_status == "accepted"
    incident.refresh_from_db()
    assert incident.closed_at is not None
    assert incidents().count() == 0


def test_other_lanes_and_other_receivers_do_not_wait_for_one_that_is_down(
    moved: MovedClock,
) -> None:
    (port,) = free_ports(1)
    a_queued_charge(port)
    with receiving() as his:
        a_receiver(port=his.port, name="HIS", messages=["ORM^O01"])
        services.queue_order_status(
            exam_id=Exam.objects.get().pk, status="IP", at=MORNING, correlation_id="c1"
        )
        assert send(at_once=False) == 1
    assert OutboundLine.objects.get(peer_name="HIS").failures == 0


def test_a_deaf_receiver_is_left_alone_ever_longer(moved: MovedClock) -> None:
    with receiving(lambda _id: ("", "")) as deaf:
        a_queued_charge(deaf.port)
        for minutes in (0, 1, 2, 5, 15):
            moved.pass_(timedelta(minutes=minutes, seconds=1))
            send(at_once=False, answer_seconds=0.1)
            before = len(deaf.messages)
            send(at_once=False, answer_seconds=0.1)
            assert len(deaf.messages) == before
    (incident,) = OutboundIncident.objects.all()
    assert (incident.code, incident.failures) == ("no-ack-in-time", 5)


def test_trouble_that_returns_at_once_is_the_same_incident(moved: MovedClock) -> None:
    answers = [("AR", "207"), ("AR", "207"), ("AA", "")]
    with receiving(lambda _id: answers.pop(0)) as billing:
        a_queued_charge(billing.port)
        send(at_once=False)
        moved.pass_(timedelta(minutes=1, seconds=1))
        send(at_once=False)
        moved.pass_(timedelta(minutes=2, seconds=1))
        send(at_once=False)
    (incident,) = OutboundIncident.objects.all()
    assert (incident.failures, incident.code) == (2, "ack-AR-207")
    assert incident.closed_at is not None


def test_a_message_nobody_takes_for_a_week_is_given_up(moved: MovedClock) -> None:
    (port,) = free_ports(1)
    row = a_queued_charge(port)
    moved.pass_(timedelta(days=7, minutes=1))
    send(at_once=False)
    row.refresh_from_db()
    assert (row.state, row.error_code) == ("dead", "peer-unreachable")


def test_a_line_is_held_by_whoever_took_it_last() -> None:
    first = lines.take("BILLING", seconds=-1)
    second = lines.take("BILLING", seconds=60)
    assert first is not None
    assert second is not None
    assert not first.hold(60)
    first.release()
    assert lines.take("BILLING", seconds=60) is None
    second.release()
    assert lines.take("BILLING", seconds=60) is not None
