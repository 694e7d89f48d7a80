"""An acknowledgement that comes to our own door settles what it answers, and is not answered."""

from __future__ import annotations

import pytest

from integrations.hl7.inbox.current import routes
from integrations.hl7.inbox.models import InboundMessage
from integrations.hl7.inbox.services import receive
from integrations.hl7.outbound.models import OutboundAnswer, OutboundMessage
from tests.support.mllp_door import a_sender
from tests.support.sending import a_queued_charge

pytestmark = pytest.mark.django_db


def arrives(kind: str, code: str, number: str, *, modes: str = "") -> bytes | None:
    text = (
        f"MSH|^~\\&|HIS|GH|PACSHUB|GH|20261124||{kind}|A{code}|P|2.5.1|||{modes}\r"
        f"MSA|{code}|{number}\r"
    )
    return receive(raw=text.encode(), address="127.0.0.1", routes=routes()).answer


@pytest.mark.parametrize("kind", ["ACK", "ACK^P03^ACK", "MCF^P03"])
def test_the_application_answers_at_our_door(kind: str) -> None:
    row = a_queued_charge(1)
    a_sender()
    OutboundMessage.objects.update(state="accepted")
    assert arrives(kind, "AA", row.control_id) is None
    row.refresh_from_db()
    assert (row.state, row.ack_code) == ("acknowledged", "AA")
    (effect,) = InboundMessage.objects.get().effects
    assert (effect["what"], effect["id"]) == ("outbound", row.pk)


def test_in_enhanced_mode_it_is_committed_and_no_more() -> None:
    row = a_queued_charge(1)
    a_sender()
    answer = arrives("ACK", "AA", row.control_id, modes="AL|AL")
    assert answer is not None
    assert b"MSA|CA|" in answer
    assert OutboundAnswer.objects.get().kind == "late"


def test_a_report_is_no_answer_though_an_msa_stands_in_it() -> None:
    a_sender()
    answer = arrives("ORU^R01", "AA", "of long ago")
    assert answer is not None
    assert b"MSA|AE|" in answer, "a report without PID is refused, not thrown away"
