"""When two records can hardly be of one person."""

from __future__ import annotations

from datetime import date

import pytest

from archive.patients.likeness import family_similarity, look_different
from archive.patients.rules import Identifier, PatientFacts

ONE, OTHER = date(1970, 1, 1), date(1950, 5, 5)


def person(name: str, born: date | None, sex: str | None) -> PatientFacts:
    numbered = (Identifier(value="P1", issuer="GH"),)
    return PatientFacts(identifiers=numbered, name=name, birth_date=born, sex=sex)


@pytest.mark.parametrize(
    ("other", "reasons"),
    [
        (person("DOE^JANE", ONE, "F"), 0),
        (person("ROE^JANE", ONE, "F"), 0),  # a marriage
        (person("SMITH^BOB", ONE, "M"), 0),  # born the same day: not enough
        (person("DOE^JANE", OTHER, "F"), 0),  # a corrected date of birth
        (person("DOE^JANE", OTHER, "M"), 2),
        (person("SMITH^JANE", OTHER, "F"), 2),
        (person("SMITH^BOB", OTHER, "M"), 3),
        (person("", OTHER, ""), 0),
        (person("SMITH^BOB", None, "M"), 0),
        (person("=山田^太郎", OTHER, "F"), 0),  # no group in common says nothing
        (person("DOE^JANE", OTHER, "O"), 0),
    ],
)
def test_two_look_different(other: PatientFacts, reasons: int) -> None:
    assert len(look_different(person("DOE^JANE", ONE, "F"), other)) == reasons
    assert len(look_different(other, person("DOE^JANE", ONE, "F"))) == reasons


def test_the_group_that_is_most_alike_counts() -> None:
    assert family_similarity("YAMADA^T=山田^太郎", "SATO^T=山田^太郎") == 1.0
    assert family_similarity("DOE^J", "=山田") is None
    assert family_similarity("", "DOE") is None
