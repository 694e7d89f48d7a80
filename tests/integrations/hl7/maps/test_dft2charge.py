"""FT1 becomes a charge as somebody else tells of it, with the order it names."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from integrations.hl7.maps.dft2charge import Transaction, transactions
from integrations.hl7.maps.rows import FieldMissing, SegmentMissing
from integrations.hl7.maps.times import BadTime
from integrations.hl7.message import Message
from tests.support.messages import dft, ft1, joined, msh, pid


def read(*segments: str) -> list[Transaction]:
    return transactions(Message(joined(msh("DFT^P03"), pid(), *segments)), zone=UTC)


def test_a_transaction_as_it_is_sent() -> None:
    (told,) = transactions(Message(dft()), zone=UTC)
    facts = told.facts
    assert (facts.transaction_id, facts.direction, facts.code) == ("T1", "CG", "CTHEAD")
    assert (facts.order_number, told.namespace) == ("F100", "RIS")
    assert facts.service_at == datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert facts.account_number == "ACC1"


def test_an_order_group_before_the_transaction_names_the_order() -> None:
    (told,) = read("ORC|RE|P1^HIS|F1^RIS", "OBR|1||F1^RIS", ft1(order=""))
    assert (told.facts.order_number, told.facts.placer_order_number) == ("F1", "P1")


def test_each_transaction_is_told() -> None:
    found = read(ft1(number="T1"), ft1(number="T2", direction="CD"))
    assert [(t.facts.transaction_id, t.facts.direction) for t in found] == [
        ("T1", "CG"),
        ("T2", "CD"),
    ]


@pytest.mark.parametrize(
    ("over", "error", "field"),
    [
        ({"number": ""}, FieldMissing, "FT1-2.1"),
        ({"at": ""}, FieldMissing, "FT1-4.1"),
        ({"at": "never"}, BadTime, "FT1-4.1"),
        ({"direction": ""}, FieldMissing, "FT1-6.1"),
        ({"code": ""}, FieldMissing, "FT1-7.1"),
    ],
)
def test_what_is_missing_is_told_with_its_place(
    over: dict[str, str], error: type[Exception], field: str
) -> None:
    with pytest.raises(error) as caught:
        read(ft1(**over))
    assert caught.value.field == field  # type: ignore[attr-defined]


def test_a_message_without_a_transaction_is_refused() -> None:
    with pytest.raises(SegmentMissing):
        read()
