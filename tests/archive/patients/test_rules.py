"""How names are folded and compared."""

from __future__ import annotations

import pytest

from archive.patients.rules import name_forms, name_similarity, search_form, sounds_of


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


@pytest.mark.parametrize(
    "names",
    [
        "Meyer Maier Mayr Meier",
        "Schmidt Schmitt Smith Smyth",
        "Müller Mueller Miller",
        "Jansen Johnson",
        "Philips Filips",
        "Catherine Katharina Kathryn",
        "Wright Right",
    ],
)
def test_names_that_sound_alike_are_one(names: str) -> None:
    assert len(set(sounds_of(names).split())) == 1


def test_other_names_and_scripts_stay_apart() -> None:
    assert len(set(sounds_of("Meyer Schmidt Doe Clark Nguyen").split())) == 5
    assert sounds_of("山田^太郎") == "山田 太郎"


def test_the_groups_of_a_name_are_kept_apart() -> None:
    forms = name_forms("Yamada^Tarou=山田^太郎=a^b")
    assert (forms.name_ideographic, forms.name_phonetic) == ("山田 太郎", "a b")
    assert forms.name_search.startswith("yamada tarou ")
