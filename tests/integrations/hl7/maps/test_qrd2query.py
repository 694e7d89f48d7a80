"""QRD names somebody by an identifier, else by a name."""

from __future__ import annotations

import pytest

from integrations.hl7.maps.qpd2query import MOST
from integrations.hl7.maps.qrd2query import old_query
from integrations.hl7.maps.rows import FieldMissing, SegmentMissing
from integrations.hl7.message import Message
from tests.support.messages import joined, msh


def query(*lines: str) -> Message:
    return Message(joined(msh("QRY^A19"), *lines))


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("12345^DOE^JOHN", ("12345", "GH", "", "")),
        ("12345^DOE^^^^^^^NHS", ("12345", "NHS", "", "")),
        ("^DOE^JOHN", ("", "", "DOE", "JOHN")),
    ],
)
def test_an_identifier_counts_before_a_name(who: str, expected: tuple[str, ...]) -> None:
    keys, limit = old_query(query(f"QRD|2030|R|I|Q1|||25^RD|{who}|DEM"), default_issuer="GH")
    assert (keys.identifier, keys.issuer, keys.family, keys.given) == expected
    assert limit == 25


def test_no_more_are_told_than_may_be() -> None:
    for asked in ("999^RD", "", "x"):
        assert old_query(query(f"QRD|||||||{asked}|1"), default_issuer="GH")[1] == MOST


def test_nobody_is_nobody() -> None:
    with pytest.raises(SegmentMissing):
        old_query(query(), default_issuer="GH")
    with pytest.raises(FieldMissing):
        old_query(query("QRD|2030|R|I|Q1|||25^RD|^^JOHN|DEM"), default_issuer="GH")
