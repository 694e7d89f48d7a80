"""Every error family has its answer."""

import pytest
from django.db import OperationalError
from django.test import RequestFactory

from archive.dicomweb.negotiation import NotAcceptable
from archive.dicomweb.outcome import STATUS_OF, answer, told
from pacs_hub.kernel.errors import FAMILIES, Conflict, HubError, Malformed, Unavailable, Unknown


def test_the_table_has_a_row_for_every_family() -> None:
    assert set(STATUS_OF) == set(FAMILIES)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Malformed("a", code="x", field="limit"), 400),
        (NotAcceptable("a"), 406),
        (Unknown("a"), 404),
        (Conflict("a"), 409),
        (Unavailable("a"), 503),
    ],
)
def test_an_error_becomes_its_status_with_words(error: HubError, status: int) -> None:
    def view(request: object) -> None:
        raise error

    response = told(view)(RequestFactory().get("/"))  # type: ignore[arg-type]
    assert response.status_code == status
    assert ("Retry-After" in response) is (status == 503)


def test_a_body_names_code_message_and_field() -> None:
    body = answer(Malformed("limit is no number", code="bad-parameter", field="limit")).content
    assert b'"code": "bad-parameter"' in body
    assert b'"field": "limit"' in body


def test_what_nobody_anticipated_is_not_swallowed() -> None:
    def view(request: object) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        told(view)(RequestFactory().get("/"))  # type: ignore[arg-type]


def test_a_database_that_is_away_is_503() -> None:
    def view(request: object) -> None:
        raise OperationalError("database is locked")

    assert told(view)(RequestFactory().get("/")).status_code == 503  # type: ignore[arg-type]
