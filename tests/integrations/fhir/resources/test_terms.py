"""Systems, codes and small shapes."""

from datetime import date, time
from zoneinfo import ZoneInfo

import pytest

from integrations.fhir.resources.terms import (
    Context,
    code_system,
    issuer_of,
    readable_name,
    system_of,
    without_empty,
)

PARIS = Context(public_url="http://hub", zone=ZoneInfo("Europe/Paris"))


@pytest.mark.parametrize("issuer", ["GH", "1.2.3", "urn:oid:1.2.3", "General Hospital & Co"])
def test_a_system_can_be_turned_back_into_its_issuer(issuer: str) -> None:
    assert issuer_of(system_of(issuer)) == issuer.removeprefix("urn:oid:")


def test_known_schemes_have_their_uri_and_local_ones_a_urn() -> None:
    assert code_system("LN") == "http://loinc.org"
    assert code_system("L") == "urn:id:L"
    assert code_system("") == ""


def test_a_moment_is_the_sites_own_and_no_more_exact_than_is_known() -> None:
    assert PARIS.moment(date(2026, 7, 1), time(9, 30)) == "2026-07-01T09:30:00+02:00"
    assert PARIS.moment(date(2026, 7, 1), None) == "2026-07-01"
    assert PARIS.moment(None, time(9, 30)) == ""


def test_names_are_read_as_people_write_them() -> None:
    assert readable_name("DOE^JANE^ANN^DR=X^Y") == "JANE ANN DOE"
    assert readable_name("SOLO") == "SOLO"
    assert readable_name("") == ""


def test_nothing_empty_stays_but_zero_and_false_do() -> None:
    assert without_empty({"a": "", "b": [], "c": {}, "d": None, "e": 0, "f": False}) == {
        "e": 0,
        "f": False,
    }
