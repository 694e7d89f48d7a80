"""What a sender empties."""

from __future__ import annotations

from integrations.hl7.maps.adt2visit import VISIT
from integrations.hl7.maps.nulls import cleared
from integrations.hl7.message import Message
from tests.support.messages import joined, msh


def test_only_the_null_value_empties() -> None:
    message = Message(joined(msh("ADT^A08"), 'PV1|1|O|""|||""^|R7'))
    assert cleared(VISIT, message) == {"location", "prior_location"}
    assert cleared(VISIT, Message(joined(msh("ADT^A08"), "PV1|1|O|"))) == frozenset()
