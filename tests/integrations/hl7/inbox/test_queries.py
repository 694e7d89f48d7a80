"""A message that came in is found by its number."""

from __future__ import annotations

import pytest

from integrations.hl7.inbox import services
from integrations.hl7.inbox.queries import message
from integrations.hl7.journal import NoSuchMessage
from pacs_hub.wiring.mllp import ROUTES
from tests.support.messages import adt
from tests.support.mllp_door import a_sender, a_site

pytestmark = pytest.mark.django_db


def test_a_message_has_its_bytes() -> None:
    a_site()
    a_sender()
    text = adt()
    receipt = services.receive(raw=text.encode(), address="127.0.0.1", routes=ROUTES)
    assert bytes(message(receipt.message_id).raw) == text.encode()


def test_a_message_that_is_not_there() -> None:
    with pytest.raises(NoSuchMessage):
        message(0)
