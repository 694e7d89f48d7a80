"""Every map is known by its name, and an override that fits none is told what is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.hl7.maps import orm2order, registry
from integrations.hl7.maps.overrides import Override

MOVE = {
    "kind": "move",
    "map": "orm2order",
    "field": "accession_number",
    "sources": ("ZOR-3",),
}


def override(**parts: Any) -> Override:
    return Override(**{"name": "x", "peer": "*", **parts})


def faults(**parts: Any) -> dict[str, str]:
    return dict(registry.problems(override(**parts), peers=["HIS"]))


def test_every_map_has_its_name_and_fields() -> None:
    assert registry.MAPS["orm2order"]["ORDER"] is orm2order.ORDER
    assert {"adt2patient", "oru2result", "mdm2document", "dft2charge"} <= set(registry.MAPS)
    assert "accession_number" in registry.fields("orm2order")
    assert registry.fields("nosuch") == []
    assert "0074" in registry.code_tables()
    assert registry.map_of(orm2order.STEP) == "orm2order"


@pytest.mark.parametrize(
    "parts",
    [
        MOVE,
        {**MOVE, "peer": "HIS", "note": "since the upgrade"},
        {"kind": "default", "map": "orm2order", "field": "modality", "value": "CT"},
        {"kind": "constant", "map": "orm2order", "field": "reason", "value": "none"},
        {"kind": "code", "table": "0074", "code": "KT", "becomes": "CT"},
        {"kind": "code", "map": "orm2order", "table": "0074", "code": "KT", "becomes": "CT"},
        {"kind": "filter", "message": "ADT^A08", "action": "ignore"},
        {"kind": "filter", "message": "*", "path": "PV1-2", "equals": ("",), "action": "hold"},
    ],
)
def test_what_fits_has_no_faults(parts: dict[str, Any]) -> None:
    assert faults(**parts) == {}


@pytest.mark.parametrize(
    ("parts", "part", "words"),
    [
        ({**MOVE, "peer": "HIX"}, "peer", "'HIX' is not an"),
        ({"kind": "magic"}, "kind", "is none of"),
        ({**MOVE, "sources": ()}, "sources", "is missing"),
        ({**MOVE, "map": "orm2orders"}, "map", "is no map"),
        ({**MOVE, "field": "accesion"}, "field", "perhaps accession_number"),
        ({**MOVE, "field": "qqq"}, "field", "it has placer_order_number"),
        ({**MOVE, "sources": ("ZOR",)}, "from", "no place in a message"),
        ({**MOVE, "value": "x"}, "value", "does not go with"),
        (
            {"kind": "constant", "map": "orm2order", "field": "modality", "value": "QQ"},
            "value",
            "is no value",
        ),
        (
            {"kind": "constant", "map": "orm2order", "field": "start", "value": "noon"},
            "value",
            "not a date",
        ),
        (
            {
                "kind": "default",
                "map": "orm2order",
                "field": "accession_number",
                "value": "12345678901234567",
            },
            "value",
            "longer than 16",
        ),
        ({"kind": "code", "table": "9999", "code": "a", "becomes": "b"}, "table", "not read"),
        ({"kind": "filter", "message": "ADT", "action": "ignore"}, "message", "not written as"),
        ({"kind": "filter", "message": "*", "action": "drop"}, "action", "is none of"),
        ({"kind": "filter", "message": "*", "action": "hold", "path": "PV1-2"}, "equals", "goes"),
    ],
)
def test_each_fault_is_told_with_its_part(parts: dict[str, Any], part: str, words: str) -> None:
    assert words in faults(**parts)[part]


def test_nothing_is_made_ready_for_a_sender_nobody_speaks_of() -> None:
    assert registry.ready([override(**{**MOVE, "peer": "HIS"})], peer="RIS") is None
    assert registry.ready([], peer="HIS") is None


def test_only_the_tables_that_change_are_replaced() -> None:
    made = registry.ready([override(**MOVE)], peer="HIS")
    assert made is not None
    assert list(made.reading.instead) == [id(orm2order.ORDER)]


def test_a_code_is_read_otherwise_by_every_map_unless_one_is_named() -> None:
    said = override(kind="code", table="0074", code="KT", becomes="CT")
    made = registry.ready([said], peer="HIS")
    assert made is not None
    assert {id(orm2order.ORDER), id(orm2order.STEP)} <= set(made.reading.instead)
    other = override(kind="code", map="dft2charge", table="0074", code="KT", becomes="CT")
    ready = registry.ready([other], peer="HIS")
    assert ready is not None
    assert not ready.reading.instead
