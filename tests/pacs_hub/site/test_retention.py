"""The rules of retention in the site file."""

from __future__ import annotations

import pytest

from archive.keeping.queries import retention_rules
from archive.keeping.rules import Rule
from pacs_hub.kernel.origin import Origin
from pacs_hub.site import services
from pacs_hub.site.schema import SiteFileWrong, parse
from tests.architecture.checks.source import PROJECT

SITE = '[site]\nname = "General Hospital"\nfacility = "GH"\n'
EXAMPLE = PROJECT / "deploy" / "site.example.toml"
BOTH = 'name = "r"\naction = "delete"\ndays = 1\nyears = 1\n'


def test_the_example_shows_every_key() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    rule, _ = parse(text).retention
    assert (rule.days, rule.modality, rule.keep_last) == (3652, ("CR", "DX"), 2)
    for key in set(vars(rule)) - {"days"}:
        assert f"\n{key} = " in text


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ('name = "r"\naction = "delete"\n', "days"),
        (BOTH, "days"),
        ('name = "r"\naction = "burn"\ndays = 1\n', "action"),
        ('action = "cold"\ndays = 1\n', "name"),
        ('name = "r"\naction = "cold"\ndays = 0\n', "days"),
        ('name = "r"\naction = "cold"\ndays = 1\nage = 3\n', "age"),
    ],
)
def test_a_rule_that_makes_no_sense_is_told(rule: str, problem: str) -> None:
    with pytest.raises(SiteFileWrong) as caught:
        parse(f"{SITE}[[retention]]\n{rule}")
    assert [f" {problem}: " in line for line in caught.value.problems] == [True]


def test_a_name_may_stand_once() -> None:
    rule = '[[retention]]\nname = "r"\naction = "cold"\ndays = 9\n'
    with pytest.raises(SiteFileWrong):
        parse(SITE + rule * 2)


@pytest.mark.django_db
def test_the_rules_in_force_are_those_of_the_file_in_its_order() -> None:
    rules = (
        '[[retention]]\nname = "z"\naction = "cold"\ndays = 9\nmodality = ["CT"]\n'
        '[[retention]]\nname = "a"\naction = "delete"\nyears = 1\n'
    )
    origin = Origin(door="command", actor="kim")
    services.apply(text=SITE + rules, origin=origin)
    first, second = retention_rules()
    assert first == Rule(name="z", action="cold", days=9, modality=("CT",))
    assert (second.name, second.days) == ("a", 365)
    changes = services.apply(text=SITE, origin=origin).changes
    assert changes == ("retention z: removed", "retention a: removed")
    assert retention_rules() == ()
