"""The rules of sending on in the site file."""

from __future__ import annotations

import pytest

from archive.forwarding.queries import forward_rules
from archive.forwarding.rules import Rule
from pacs_hub.kernel.origin import Origin
from pacs_hub.site import services
from pacs_hub.site.schema import SiteFileWrong, parse
from tests.architecture.checks.source import PROJECT

SITE = (
    '[site]\nname = "General Hospital"\nfacility = "GH"\n'
    '[[dicom_peer]]\nae_title = "WS"\nhost = "127.0.0.1"\nport = 11200\n'
    '[[dicom_peer]]\nae_title = "CALLER"\naddress = ["127.0.0.1"]\n'
)
EXAMPLE = PROJECT / "deploy" / "site.example.toml"
RULE = '[[forward]]\nname = "r"\nto = "WS"\n'


def test_the_example_shows_every_key() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    first, second = parse(text).forward
    assert (first.transfer_syntax, first.linked, second.window) == ("jpeg-ls", True, "20:00-06:00")
    for key in vars(first):
        assert f"\n{key} = " in text


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ('name = "r"\n', "to"),
        ('name = "r"\nto = "NOBODY"\n', "to"),
        ('name = "r"\nto = "CALLER"\n', "to"),
        ('name = "r"\nto = "WS"\nwhen = "night"\n', "window"),
        ('name = "r"\nto = "WS"\nwindow = "20:00-06:00"\n', "window"),
        ('name = "r"\nto = "WS"\nwhen = "night"\nwindow = "8pm"\n', "window"),
        ('name = "r"\nto = "WS"\ntransfer_syntax = "jpeg"\n', "transfer_syntax"),
        ('name = "r"\nto = "WS"\nretain = ["device-identity"]\n', "retain"),
        ('name = "r"\nto = "WS"\nburned_in = true\n', "burned_in"),
        ('name = "r"\nto = "WS"\nanonymise = "full"\n', "anonymise"),
        ('name = "r"\nto = "WS"\nsop_classes = ["CT"]\n', "sop_classes"),
        ('name = "r"\nto = "WS"\ninclude_priors = true\n', "include_priors"),
    ],
)
def test_a_rule_that_makes_no_sense_is_told(rule: str, problem: str) -> None:
    with pytest.raises(SiteFileWrong) as caught:
        parse(f"{SITE}[[forward]]\n{rule}")
    assert any(f" {problem}: " in line for line in caught.value.problems)


def test_a_name_may_stand_once() -> None:
    with pytest.raises(SiteFileWrong):
        parse(SITE + RULE * 2)


@pytest.mark.django_db
def test_the_rules_in_force_are_those_of_the_file() -> None:
    origin = Origin(door="command", actor="kim")
    services.apply(text=SITE + RULE + 'modality = ["CT"]\n', origin=origin)
    assert forward_rules() == (Rule(name="r", to="WS", modality=("CT",)),)
    assert services.apply(text=SITE, origin=origin).changes == ("forward r: removed",)
    assert forward_rules() == ()
