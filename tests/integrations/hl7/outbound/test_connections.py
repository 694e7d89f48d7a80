"""A connection stays open between messages and rounds, for a while, and not beyond its peer."""

from __future__ import annotations

import time

import pytest

from integrations.hl7.mllp.client import MllpClient
from integrations.hl7.outbound import services
from integrations.hl7.outbound.connections import CONNECTIONS, Connections
from tests.support.builders import MORNING
from tests.support.peers.hospital import receiving
from tests.support.sending import a_queued_charge, send
from worklist.models import Exam


def nothing(_name: str, _frame: bytes) -> None:
    raise AssertionError("nothing was said")


@pytest.mark.django_db(transaction=True)
def test_two_rounds_use_one_connection_and_a_closed_one_is_replaced() -> None:
    with receiving() as billing:
        a_queued_charge(billing.port, messages=["DFT^P03", "ORM^O01"])
        send()
        told("IP")
        assert len(billing.connections) == 1
        billing.hang_up()
        told("CM")
        assert len(billing.connections) == 2
    assert len(billing.messages) == 3


def told(status: str) -> None:
    exam = Exam.objects.get()
    services.queue_order_status(exam_id=exam.pk, status=status, at=MORNING, correlation_id="c1")
    assert send() == 1


@pytest.mark.django_db(transaction=True)
def test_a_receiver_that_wants_it_gets_a_connection_for_each_round() -> None:
    with receiving() as billing:
        a_queued_charge(billing.port, options={"keep_open_seconds": 0})
        send()
        assert len(CONNECTIONS) == 0
        assert len(billing.connections) == 1


def test_an_idle_connection_is_closed_when_its_time_is_over() -> None:
    connections = Connections()
    with receiving() as system:
        address = ("127.0.0.1", system.port, False)
        for seconds, kept in ((0.05, 0), (30, 1)):
            client = MllpClient(host="127.0.0.1", port=system.port)
            connections.keep("HIS", address, client, seconds=seconds)
            time.sleep(0.1)
            connections.tend(hear=nothing)
            assert len(connections) == kept
        assert connections.take("HIS", ("127.0.0.1", 1, False), hear=nothing) is None
        assert len(connections) == 0
