"""Every kind of failure has its status, at the doors of the archive."""

from __future__ import annotations

import pytest
from django.db import OperationalError

from archive.dimse.statuses import STORE, store_failure
from pacs_hub.kernel.errors import FAMILIES, Conflict, HubError, Malformed, Unavailable, Unknown


def test_every_family_has_a_row() -> None:
    assert set(STORE) == set(FAMILIES)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Malformed("x"), 0xC000),
        (Malformed("x", code="class-mismatch"), 0xA900),
        (Malformed("x", code="missing-identity"), 0xA900),
        (Malformed("x", code="bad-uid"), 0x0117),
        (Malformed("x", code="missing-patient-id"), 0xA900),
        (Malformed("x", code="unknown-sop-class"), 0x0122),
        (Conflict("x", code="refused-by-policy"), 0xC100),
        (Conflict("x", code="conflicting-patient"), 0x0000),
        (Unavailable("x", code="quota-reached"), 0xA700),
        (Unknown("x"), 0xC000),
        (Conflict("x"), 0x0000),
        (Unavailable("x"), 0xA700),
        (OperationalError("database is locked"), 0xA700),
        (ZeroDivisionError("secret"), 0xC000),
    ],
)
def test_what_was_raised_becomes_a_status(error: Exception, status: int) -> None:
    answer = store_failure(error)
    assert answer.status == status
    assert "secret" not in answer.comment
    assert answer.comment != "x" or isinstance(error, HubError)
