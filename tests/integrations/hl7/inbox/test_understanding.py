"""Each field that a map read says what it became of ours."""

from __future__ import annotations

from integrations.hl7.inbox.understanding import understood
from integrations.hl7.message import Message
from tests.support.messages import adt, orm_o01


def test_a_field_says_which_of_ours_it_filled() -> None:
    read = understood(Message(orm_o01(accession="A1")))
    assert "name" in read["PID", 5]
    assert "accession number" in read["OBR", 18]
    assert "placer order number" in read["ORC", 2]
    assert ("OBR", 2) not in read  # ORC-2 stands first in the map


def test_a_field_that_no_map_reads_became_nothing() -> None:
    read = understood(Message(adt("A08") + "ZPI|1|x\r"))
    assert "birth date" in read["PID", 7]
    assert not [place for place in read if place[0] == "ZPI"]
