"""Every failure has a status, a code and words; what nobody anticipated tells nothing away."""

from __future__ import annotations

import logging

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404
from rest_framework import exceptions

from pacs_hub.kernel.errors import FAMILIES, Conflict, HubError, Malformed, Unavailable, Unknown
from pacs_hub.web.outcome import HTTP_STATUS, first_fault, rest_answer


def test_every_family_has_a_status() -> None:
    assert set(HTTP_STATUS) == set(FAMILIES)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Malformed("no", code="bad-uid", field="uid"), 400, "bad-uid"),
        (Unknown("no"), 404, "unknown"),
        (Conflict("no"), 409, "conflict"),
        (Unavailable("no"), 503, "unavailable"),
        (HubError("no"), 500, "error"),
        (Http404(), 404, "not-found"),
        (PermissionDenied(), 403, "role-not-allowed"),
        (exceptions.MethodNotAllowed("PUT"), 405, "method-not-allowed"),
        (exceptions.ParseError(), 400, "malformed"),
        (exceptions.UnsupportedMediaType("text/csv"), 415, "unsupported-media-type"),
        (exceptions.ValidationError({"exam": ["needed"]}), 400, "wrong-value"),
        (OperationalError("database is locked"), 503, "unavailable"),
        (KeyError("DOE^JANE"), 500, "exception"),
    ],
)
def test_an_error_becomes_its_answer(error: Exception, status: int, code: str) -> None:
    answer = rest_answer(error, {})
    assert (answer.status_code, answer.data["code"]) == (status, code)
    assert set(answer.data) == {"code", "message", "field"}
    assert answer.data["message"]
    assert "DOE" not in str(answer.data)


def test_what_nobody_anticipated_is_written_down(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        rest_answer(ZeroDivisionError(), {})
    assert [record.message for record in caplog.records] == ["rest.failed"]


def test_the_first_fault_is_named_with_its_place() -> None:
    assert first_fault({"a": [{"b": ["is wrong"]}]}) == ("a.b", "is wrong")
    assert first_fault({"non_field_errors": ["together they are wrong"]}) == (
        None,
        "together they are wrong",
    )
