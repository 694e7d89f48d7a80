"""The policy of prefetching in the site file."""

from __future__ import annotations

import pytest

from archive.prefetch.queries import policy
from archive.prefetch.rules import Policy
from pacs_hub.kernel.origin import Origin
from pacs_hub.site import services
from pacs_hub.site.schema import SiteFileWrong, parse
from tests.architecture.checks.source import PROJECT

SITE = (
    '[site]\nname = "General Hospital"\nfacility = "GH"\n'
    '[[dicom_peer]]\nae_title = "WS"\nhost = "127.0.0.1"\nport = 11200\n'
    '[[dicom_peer]]\nae_title = "OLD"\nhost = "127.0.0.1"\nport = 11201\n'
)
EXAMPLE = PROJECT / "deploy" / "site.example.toml"


def test_the_example_shows_every_key() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    file = parse(text)
    assert file.prefetch.modalities == ("CT: CT PT", "MR: MR CT")
    assert [row.ae_title for row in file.prefetch_from] == ["CT1"]
    for key in vars(file.prefetch):
        assert f"\n{key} = " in text


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ("[prefetch]\ncount = 0\n", "count"),
        ("[prefetch]\nyears = 0\n", "years"),
        ('[prefetch]\nto = ["NOBODY"]\n', "to"),
        ("[prefetch]\nmodalities = 3\n", "modalities"),
        ('[prefetch]\nmodalities = { CT = "CT" }\n', "CT"),
        ("[prefetch]\ndays = 1\n", "days"),
        ('[prefetch]\n[[prefetch_from]]\nae_title = "NOBODY"\n', "ae_title"),
        ('[[prefetch_from]]\nae_title = "OLD"\n', "OLD"),
        ("prefetch = 3\n", "prefetch"),
    ],
)
def test_what_makes_no_sense_is_told(more: str, problem: str) -> None:
    text = more + SITE if more.startswith("prefetch") else SITE + more
    with pytest.raises(SiteFileWrong) as caught:
        parse(text)
    assert any(f"{problem}: " in line for line in caught.value.problems)


@pytest.mark.django_db
def test_the_policy_in_force_is_that_of_the_file() -> None:
    origin = Origin(door="command", actor="kim")
    more = '[prefetch]\nto = ["WS"]\nmodalities = { CT = ["CT", "PT"] }\n'
    source = '[[prefetch_from]]\nae_title = "OLD"\n'
    services.apply(text=SITE + more + source, origin=origin)
    expected = Policy(
        to=("WS",), count=3, years=10, modalities={"CT": ("CT", "PT")}, sources=("OLD",)
    )
    assert policy() == expected
    services.apply(text=SITE, origin=origin)
    assert policy() is None
