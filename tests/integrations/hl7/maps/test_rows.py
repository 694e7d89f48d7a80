"""A map is read row by row: the first path that says something wins."""

from __future__ import annotations

from datetime import UTC

import pytest

from integrations.hl7.maps import orm2order, oru2result, rows
from integrations.hl7.maps.rows import FieldMissing, Row, TooLong
from integrations.hl7.message import Message, Path

MESSAGE = Message('MSH|^~\\&|A\rORC|NW|""|F1\rOBR|1|P1|F2\r')


def read(**over: object) -> dict[str, object]:
    row = Row(**({"ours": "x", "paths": ("ORC-2", "OBR-2"), "kind": rows.text} | over))  # type: ignore[arg-type]
    return rows.read([row], MESSAGE, zone=UTC)


def test_the_first_path_that_says_something_wins() -> None:
    assert read() == {"x": "P1"}
    assert read(paths=("ORC-3", "OBR-3")) == {"x": "F1"}


def test_nothing_said_is_left_out_or_refused() -> None:
    assert read(paths=("OBR-9",)) == {}
    with pytest.raises(FieldMissing) as caught:
        read(paths=("OBR-9",), required=True)
    assert caught.value.field == "OBR-9"


def test_what_does_not_fit_is_cut_only_where_that_is_safe() -> None:
    assert read(longest=1, cut=True) == {"x": "P"}
    with pytest.raises(TooLong):
        read(longest=1)


@pytest.mark.parametrize("table", [orm2order.ORDER, orm2order.STEP, oru2result.REPORT])
def test_every_path_of_every_map_is_a_path(table: tuple[Row, ...]) -> None:
    for row in table:
        for path in row.paths:
            assert Path.of(path).field > 0
