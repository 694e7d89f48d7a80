"""What a site file says of the worklist, and what of it is wrong."""

from __future__ import annotations

import pytest

from pacs_hub.access.queries import peer_policies, site
from pacs_hub.kernel.origin import Origin
from pacs_hub.site.schema import SiteFileWrong, parse
from pacs_hub.site.services import apply

ORIGIN = Origin(door="command", actor="root")
SITE = '[site]\nname = "General Hospital"\nfacility = "GH"\n'
PEER = '[[dicom_peer]]\nae_title = "CT1"\naddress = ["127.0.0.1"]\n'
STATION = '[[station]]\nae_title = "CT1"\nmodality = "CT"\n'


def faults(worklist: str) -> tuple[str, ...]:
    """Return what is said against a peer's table."""
    with pytest.raises(SiteFileWrong) as refused:
        parse(f"{SITE}{PEER}worklist = {worklist}\n")
    return refused.value.problems


@pytest.mark.parametrize(
    ("worklist", "told"),
    [
        ("true", "is not a table"),
        ('{ modalities = "CT" }', "modalities: 'CT' is not a list of texts"),
        ('{ modalities = ["ct"] }', "modalities: 'ct' is not a DICOM code"),
        ('{ stations = [" CT1"] }', "stations: ' CT1' is not an AE title"),
        ("{ days_before = -1 }", "days_before: -1 is not a whole number from 0"),
        ('{ keep_started = "yes" }', "keep_started: 'yes' is not true or false"),
        ("{ limit = 0 }", "limit: 0 is not a whole number from 1"),
        ("{ day = 1 }", "day: is not a key of this table"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(worklist: str, told: str) -> None:
    [problem] = faults(worklist)
    assert problem.startswith("[[dicom_peer]] CT1 worklist")
    assert told in problem


def test_what_the_file_does_not_have_is_noted() -> None:
    file = parse(f'{SITE}{PEER}worklist = {{ stations = ["CT2"], codes = ["X"] }}\n{STATION}')
    assert file.notes == (
        "[[dicom_peer]] CT1 worklist may see the steps of CT2, which is no [[station]]",
        "[[dicom_peer]] CT1 worklist may see X, not in the catalogue",
    )


@pytest.mark.django_db
def test_the_site_and_each_peer_keep_what_they_say() -> None:
    text = (
        f"{SITE}[worklist]\nkeep_started = true\nexpires_after_days = 3\n"
        f"{PEER}worklist = {{ keep_started = false, days_after = 1 }}\n"
    )
    apply(text=text, origin=ORIGIN)
    assert site().worklist == {"keep_started": True, "expires_after_days": 3}
    assert peer_policies("CT1")["worklist"] == {"keep_started": False, "days_after": 1}
    applied = apply(text=text.replace("days_after = 1", "days_after = 2"), origin=ORIGIN)
    assert any("worklist" in line for line in applied.changes)
