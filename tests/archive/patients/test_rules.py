"""How names are folded and compared."""

from __future__ import annotations

import pytest

from archive.patients.rules import name_similarity, search_form


def test_search_form_folds_case_accents_and_separators() -> None:
    assert search_form("MÜLLER^Zoë=X^Y") == "muller zoe x y"


@pytest.mark.parametrize(
    ("left", "right"),
    [("DOE^JANE", "Doe^Jane"), ("Müller^Zoë", "MULLER^ZOE"), ("JANE^DOE", "DOE^JANE")],
)
def test_the_same_name_written_otherwise_is_the_same(left: str, right: str) -> None:
    assert name_similarity(left, right) == 1


@pytest.mark.parametrize(
    ("left", "right"), [("DOE^JANE", "SMITH^ROBERT"), ("DOE^JANE", "DOE^JOHN"), ("DOE^JANE", "")]
)
def test_another_name_is_below_the_bar_of_the_same_person(left: str, right: str) -> None:
    assert name_similarity(left, right) < 0.80
