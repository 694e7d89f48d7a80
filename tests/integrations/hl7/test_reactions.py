"""What happens to an exam is announced to whoever asked, through the outbox."""

from __future__ import annotations

import pytest

from integrations.hl7.outbound.models import OutboundMessage
from pacs_hub.outbox.relay import Relay
from pacs_hub.wiring.subscriptions import SUBSCRIPTIONS, UNHEARD
from tests.support.builders import CT1, an_exam, step_end, step_start
from tests.support.mllp_door import a_receiver, a_site
from worklist.mpps.services import change_step, start_step

pytestmark = pytest.mark.django_db(transaction=True)


def test_start_and_end_are_announced_and_the_charge_is_sent() -> None:
    a_site()
    a_receiver(port=1, messages=["ORM^O01", "DFT^P03"])
    exam = an_exam()
    start_step(start=step_start(exam), origin=CT1)
    change_step(change=step_end(), origin=CT1)
    relay = Relay(SUBSCRIPTIONS, UNHEARD, lease_seconds=30)
    relay.run()
    rows = OutboundMessage.objects.order_by("message_type", "pk")
    assert [row.message_type for row in rows] == ["DFT^P03", "ORM^O01", "ORM^O01"]
    assert [row.natural_key.rpartition(":")[2] for row in rows][1:] == ["IP", "CM"]
    assert relay.run() == 0


def test_an_exam_that_is_stopped_is_announced() -> None:
    a_site()
    a_receiver(port=1, messages=["ORM^O01"])
    exam = an_exam()
    start_step(start=step_start(exam), origin=CT1)
    change_step(change=step_end(status="DISCONTINUED"), origin=CT1)
    Relay(SUBSCRIPTIONS, UNHEARD, lease_seconds=30).run()
    keys = OutboundMessage.objects.order_by("pk").values_list("natural_key", flat=True)
    assert [key.rpartition(":")[2] for key in keys] == ["IP", "DC"]
