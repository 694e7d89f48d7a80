"""What happens to an exam is announced to whoever asked, through the outbox."""

from __future__ import annotations

import pytest

from integrations.hl7.inbox.current import routes
from integrations.hl7.inbox.services import receive
from integrations.hl7.outbound.models import OutboundMessage
from pacs_hub.kernel.origin import Origin
from pacs_hub.outbox.relay import Relay
from pacs_hub.wiring.subscriptions import SUBSCRIPTIONS, UNHEARD
from tests.support.builders import CT1, HIS, an_exam, result_facts, step_end, step_start
from tests.support.messages import adt, msh
from tests.support.mllp_door import a_receiver, a_sender, a_site
from worklist.mpps.services import change_step, start_step
from worklist.results.services import file_result
from worklist.scheduling import services as scheduling

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


def run() -> list[OutboundMessage]:
    Relay(SUBSCRIPTIONS, UNHEARD, lease_seconds=30).run()
    return list(OutboundMessage.objects.order_by("pk"))


def test_a_feed_is_relayed_to_others_and_never_to_its_sender() -> None:
    a_site()
    a_sender()
    a_receiver(port=1, name="HIS out", application="HIS", messages=["ADT^A31", "ADT^A40"])
    a_receiver(port=1, name="LAB", application="LAB", messages=["ADT^A31", "ADT^A40"])
    for number, event in enumerate(("A28", "A31")):
        header = msh(f"ADT^{event}", number=f"M{number}")
        family = f"DOE{number}^JANE"
        receive(
            raw=adt(event, header=header).replace("DOE^JANE", family).encode(),
            address="127.0.0.1",
            routes=routes(),
        )
    rows = run()
    assert {row.peer_name for row in rows} == {"LAB"}
    assert {row.message_type for row in rows} == {"ADT^A31"}


def test_what_a_person_does_to_the_schedule_is_told() -> None:
    a_site()
    asked = ["SIU^S12", "SIU^S14", "SIU^S15", "SIU^S26", "ORM^O01"]
    a_receiver(port=1, messages=asked)
    first, second, third = (an_exam(placer_order_number=number) for number in ("P1", "P2", "P3"))
    assert run() == []  # an order over HL7 is scheduled by its sender
    desk = {"origin": Origin.over_http(user="desk")}
    scheduling.arrive(exam_id=first.pk, **desk)
    scheduling.cancel(exam_id=second.pk, **desk)
    scheduling.mark_no_show(exam_id=third.pk, **desk)
    told = {(row.exam_id, row.message_type) for row in run()}
    assert told == {
        (first.pk, "SIU^S14"),
        (second.pk, "SIU^S15"),
        (second.pk, "ORM^O01"),
        (third.pk, "SIU^S26"),
    }


def test_a_final_report_leaves_for_who_asked_but_its_author() -> None:
    a_site()
    a_receiver(port=1, messages=["ORU^R01"])
    exam = an_exam()
    file_result(result=result_facts(exam), patient=None, origin=HIS)
    (row,) = run()
    assert (row.message_type, row.exam) == ("ORU^R01", exam)
