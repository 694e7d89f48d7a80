"""QPD is read strictly: a demand that is left out would find other people."""

from __future__ import annotations

from datetime import date

import pytest

from integrations.hl7.maps.qpd2query import (
    MOST,
    PARAMETERS,
    NotAParameter,
    PersonQuery,
    TooBroad,
    cross_reference,
    person_query,
)
from integrations.hl7.maps.rows import FieldMissing, SegmentMissing
from integrations.hl7.message import Message
from pacs_hub.kernel.errors import Malformed
from tests.support.messages import joined, msh


def message(*lines: str) -> Message:
    return Message(joined(msh("QBP^Q22"), *lines))


def query(demands: str, *more: str, wildcards: bool = False) -> PersonQuery:
    return person_query(message(f"QPD|IHE PDQ Query|T1|{demands}", *more), wildcards=wildcards)


def test_every_demand_becomes_a_key() -> None:
    keys = query("@PID.3.1^P1~@PID.3.4.1^GH~@PID.5.1.1^DOE~@PID.5.2^JO~@PID.8^f~@PID.18^A").keys
    assert (keys.identifier, keys.issuer, keys.family, keys.given) == ("P1", "GH", "DOE", "JO")
    assert (keys.sex, keys.account_number, keys.open_ended) == ("F", "A", False)


@pytest.mark.parametrize(
    ("value", "first", "last"),
    [
        ("19700203", date(1970, 2, 3), date(1970, 2, 3)),
        ("197002", date(1970, 2, 1), date(1970, 2, 28)),
        ("1970", date(1970, 1, 1), date(1970, 12, 31)),
    ],
)
def test_a_part_of_a_birthday_is_all_its_days(value: str, first: date, last: date) -> None:
    keys = query(f"@PID.7^{value}").keys
    assert (keys.born_from, keys.born_to) == (first, last)


@pytest.mark.parametrize(("wildcards", "open_ended"), [(True, True), (False, False)])
def test_a_star_counts_where_the_link_allows_it(wildcards: bool, open_ended: bool) -> None:
    keys = query("@PID.5.1.1^DO*~@PID.5.2^JANE", wildcards=wildcards).keys
    assert (keys.family, keys.open_ended) == ("DO", open_ended)


@pytest.mark.parametrize(
    ("rcp", "limit"), [("", MOST), ("RCP|I|5^RD", 5), ("RCP|I|999^RD", MOST), ("RCP|I|x", MOST)]
)
def test_no_more_are_told_than_may_be(rcp: str, limit: int) -> None:
    assert query("@PID.3.1^P1", *([rcp] if rcp else [])).limit == limit


@pytest.mark.parametrize(
    ("demands", "error"),
    [
        ("", FieldMissing),
        ("@PID.5.1.1", FieldMissing),
        ("@PID.11.5^75001~@PID.3.1^P1", NotAParameter),
        ("@PID.5.2^JANE", TooBroad),
        ("@PID.7^19701399", Malformed),
        ("@PID.7^197013", Malformed),
    ],
)
def test_what_cannot_be_looked_for_is_refused(demands: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        query(demands)


def test_a_query_without_qpd_is_none() -> None:
    for read in (cross_reference, lambda m: person_query(m, wildcards=False)):
        with pytest.raises(SegmentMissing):
            read(message())


def test_a_cross_reference_names_its_authorities_in_any_form() -> None:
    asked = cross_reference(message("QPD|IHE PIX Query|T1|P1^^^&1.2.3&ISO|^^^GH~^^^NHS&2.1&ISO"))
    assert (asked.identifier, asked.issuer, asked.wanted) == ("P1", "1.2.3", ("GH", "NHS"))
    with pytest.raises(FieldMissing):
        cross_reference(message("QPD|IHE PIX Query|T1|"))


def test_every_parameter_is_a_field_of_pid() -> None:
    assert all(path.startswith("@PID.") for path in PARAMETERS)


def test_the_number_of_a_visit_narrows_only_where_visits_are_asked_for() -> None:
    asked = message("QPD|IHE PDVQ Query|T1|@PV1.19.1^V77~@PV1.19.4.1^GHV")
    read = person_query(asked, wildcards=False, with_visits=True)
    assert (read.visit_number, read.visit_authority) == ("V77", "GHV")
    with pytest.raises(NotAParameter):
        person_query(asked, wildcards=False)
