"""What a message is about, as keys."""

from __future__ import annotations

import pytest

from integrations.hl7.inbox.naming import has_unknown_escape, names_in, names_of
from integrations.hl7.message import Message
from tests.support.messages import adt, orm_o01, pid


def test_every_identifier_of_a_patient_and_every_number_of_an_order_is_a_key() -> None:
    text = orm_o01(
        person=pid(identifier="P1^^^GH^MR~77"), placer="O1^HIS", filler="F1^RIS", accession="A1"
    )
    assert names_of(Message(text), default_issuer="GH") == {
        "patient:GH:P1",
        "patient::P1",
        "patient:GH:77",
        "patient::77",
        "order:placer:HIS:O1",
        "order:placer::O1",
        "order:filler:RIS:F1",
        "order:filler::F1",
        "accession::A1",
    }


def test_a_merge_is_about_both() -> None:
    names = names_of(Message(adt("A40") + "MRG|P9^^^GH\r"), default_issuer="GH")
    assert {"patient:GH:P1", "patient:GH:P9"} <= names


def test_bytes_that_are_no_message_name_nothing() -> None:
    assert names_in(b"nonsense") == frozenset()
    assert "patient::P1" in names_in(adt().encode())


@pytest.mark.parametrize(
    ("name", "unknown"),
    [
        ("DOE^JANE", False),
        (r"D\T\OE^\X4A\ANE", False),
        (r"A \.br\ B \.sp+2\ \H\C\N\ D", False),
        (r"DOE\Q\^JANE", True),
        ("DOE\\^JANE", True),
    ],
)
def test_an_escape_that_is_not_known_is_seen(name: str, unknown: bool) -> None:
    assert has_unknown_escape(Message(adt(person=pid(name=name)))) is unknown
