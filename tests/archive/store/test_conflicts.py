"""Two headers of one study mean one person, or surely two."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from archive.store.conflicts import NamedPatient, names_another

JANE = NamedPatient("P1", "GH", "Doe^Jane", date(1970, 1, 1), "F")


@pytest.mark.parametrize(
    ("change", "another"),
    [
        ({}, False),
        ({"name": "DOE^JANE^^^"}, False),
        ({"name": "Jane Doe"}, False),
        ({"name": "Dœ^Jane=山田^花子"}, False),
        ({"name": "Smith^Jane"}, False),  # married, or corrected at the console
        ({"birth_date": date(1970, 1, 2)}, False),
        ({"birth_date": None, "sex": "", "name": "", "issuer": ""}, False),
        ({"sex": "O"}, False),
        ({"patient_id": "P2"}, True),
        ({"issuer": "OTHER"}, True),
        ({"name": "Roe^Richard", "birth_date": date(1950, 5, 5)}, True),
        ({"name": "Roe^Richard", "sex": "M"}, True),
        ({"patient_id": "", "name": "Roe^Richard"}, True),
        ({"patient_id": "", "birth_date": date(1950, 5, 5)}, True),
        ({"patient_id": ""}, False),
    ],
)
def test_who_is_named(change: dict[str, Any], another: bool) -> None:
    arriving = JANE._replace(**change)
    assert names_another(JANE, arriving) is another
    assert names_another(arriving, JANE) is another
