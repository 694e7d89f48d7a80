"""What a site says of a sender's messages, row by row."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.hl7.maps import orm2order, oru2result, rows
from integrations.hl7.maps.overrides import Override, filtered, in_words, with_overrides
from integrations.hl7.maps.rows import READING, Reading, read
from integrations.hl7.message import Message
from tests.support.messages import joined, msh, orm_o01


def override(kind: str, **parts: Any) -> Override:
    return Override(name="x", peer="HIS", kind=kind, **parts)


def of(kind: str, message: str = "", **parts: Any) -> dict[str, Any]:
    changed = with_overrides(orm2order.ORDER, [override(kind, **parts)])
    return read(changed, Message(message or orm_o01(accession="A1")), zone=UTC)


def test_nothing_said_changes_nothing() -> None:
    assert with_overrides(orm2order.ORDER, []) == orm2order.ORDER


def test_a_field_comes_from_a_z_segment() -> None:
    message = f"{orm_o01(accession='A1')}ZOR|1||Z99^x\r"
    found = of("move", message, field="accession_number", sources=("ZOR-3.1",))
    assert found["accession_number"] == "Z99"


def test_a_field_that_is_moved_is_not_looked_for_where_it_was() -> None:
    assert "accession_number" not in of("move", field="accession_number", sources=("ZOR-3",))


def test_several_places_are_looked_at_in_turn() -> None:
    found = of("move", field="accession_number", sources=("ZOR-3", "OBR-18"))
    assert found["accession_number"] == "A1"


def test_a_default_stands_where_nothing_is_sent() -> None:
    assert of("default", field="accession_number", value="X1")["accession_number"] == "A1"
    empty = orm_o01()
    assert of("default", empty, field="accession_number", value="X1")["accession_number"] == "X1"


def test_a_constant_stands_always_and_is_read_as_if_it_were_sent() -> None:
    assert of("constant", field="modality", value="NMR")["modality"] == "MR"
    whole = of("constant", field="ordering_provider_name", value="D7^WELBY^MARCUS^^^DR")
    assert whole["ordering_provider_name"].startswith("WELBY^MARCUS")
    sender = of("constant", field="sending_application", value="A&B|C")
    assert sender["sending_application"] == "A&B|C"


def test_a_code_of_theirs_is_read_as_one_of_ours() -> None:
    message = orm_o01(modality="kt")
    assert not of("code", message, table="0485", code="KT", becomes="CT").get("modality")
    assert of("code", message, table="0074", code="KT", becomes="CT")["modality"] == "CT"


def test_several_codes_and_a_move_work_together() -> None:
    said = [
        override("move", field="modality", sources=("ZOR-2",)),
        override("code", table="0074", code="KT", becomes="CT"),
        override("code", table="0074", code="RO", becomes="DX"),
        override("default", field="modality", value="US"),
    ]
    changed = with_overrides(orm2order.ORDER, said)
    for sent, found in (("KT", "CT"), ("RO", "DX"), ("MR", "MR"), ("", "US")):
        message = Message(f"{orm_o01()}ZOR|1|{sent}\r")
        assert read(changed, message, zone=UTC)["modality"] == found


def test_rows_are_replaced_where_they_are_read_and_what_is_read_is_told() -> None:
    changed = with_overrides(oru2result.REPORT, [override("constant", field="title", value="T")])
    told: list[Any] = []
    message = Message(joined(msh("ORU^R01"), "OBR|1|||A^a"))
    before = READING.set(Reading({id(oru2result.REPORT): changed}, told))
    try:
        assert read(oru2result.REPORT, message, zone=UTC)["title"] == "T"
    finally:
        READING.reset(before)
    assert read(oru2result.REPORT, message, zone=UTC)["title"] == "a"
    assert [(table is oru2result.REPORT, found["title"]) for table, found in told] == [(True, "T")]


@pytest.mark.parametrize(
    ("parts", "fits"),
    [
        ({"message": "ORM^O01"}, True),
        ({"message": "ORM^*"}, True),
        ({"message": "*"}, True),
        ({"message": "ADT^*"}, False),
        ({"message": "*", "path": "OBR-24", "equals": ("MR", "ct")}, True),
        ({"message": "*", "path": "OBR-24", "equals": ("MR",)}, False),
        ({"message": "*", "path": "ZZZ-1", "equals": ("",)}, True),
        ({"message": "*", "path": "OBR-24", "equals": ("",)}, False),
    ],
)
def test_a_filter_speaks_of_messages(parts: dict[str, Any], fits: bool) -> None:
    said = override("filter", action="ignore", **parts)
    assert filtered(Message(orm_o01()), [said]) == (said if fits else None)


def test_the_first_filter_that_fits_counts() -> None:
    first = override("filter", message="ORM^O01", action="accept")
    assert filtered(Message(orm_o01()), [first, override("filter", message="*")]) is first


@given(st.text(max_size=40), st.sampled_from([r for r in orm2order.ORDER if r.kind is rows.text]))
def test_a_stated_text_is_read_back_whatever_it_holds(value: str, row: rows.Row) -> None:
    value = "".join(c for c in value if c.isprintable()).strip()[: row.longest or 40]
    changed = with_overrides((row,), [override("constant", field=row.ours, value=value)])
    found = read(changed, Message(orm_o01()), zone=UTC)
    assert found.get(row.ours, "") == ("" if value == '""' else value)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            override("move", field="accession_number", sources=("ZOR-3", "OBR-18")),
            "accession number comes from ZOR-3, else OBR-18",
        ),
        (override("default", field="modality", value="CT"), "modality is CT where none is sent"),
        (override("constant", field="modality", value="CT"), "modality is always CT"),
        (
            override("code", table="0074", code="KT", becomes="CT"),
            "KT in table 0074 means CT",
        ),
        (
            override("filter", message="*", path="PV1-2", equals=("N", ""), action="hold"),
            "every message whose PV1-2 is N or empty goes to a person",
        ),
    ],
)
def test_each_is_told_in_a_sentence(said: Override, words: str) -> None:
    assert in_words(said) == words
