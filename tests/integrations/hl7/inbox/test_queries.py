"""Messages are found by what they are and what became of them."""

from __future__ import annotations

import pytest

from integrations.hl7.inbox import services
from integrations.hl7.inbox.queries import message, messages
from integrations.hl7.journal import NoSuchMessage, Wanted
from pacs_hub.wiring.mllp import ROUTES
from tests.support.messages import adt, msh
from tests.support.mllp_door import a_sender, a_site

pytestmark = pytest.mark.django_db


def test_filters() -> None:
    a_site()
    a_sender()
    good = adt(header=msh("ADT^A01", number="GOOD"))
    bad = adt(header=msh("ADT^A99", number="BAD"))
    for text in (good, bad):
        services.receive(raw=text.encode(), address="127.0.0.1", routes=ROUTES)

    def found(**filters: str) -> list[str]:
        return [row.control_id for row in messages(Wanted(**filters))]

    assert found() == ["BAD", "GOOD"]
    assert found(state="refused") == ["BAD"]
    assert found(ack_code="AA") == ["GOOD"]
    assert found(peer="HIS") == ["BAD", "GOOD"]
    assert found(control_id="BAD") == ["BAD"]
    assert found(message_type="ADT^A01") == ["GOOD"]
    assert found(q="A99") == ["BAD"]
    assert bytes(message(messages(Wanted())[0].pk).raw) == bad.encode()


def test_a_message_that_is_not_there() -> None:
    with pytest.raises(NoSuchMessage):
        message(0)
