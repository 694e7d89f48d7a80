"""What a new site file changes is told row by row."""

from __future__ import annotations

from pacs_hub.site.changes import differences
from pacs_hub.site.schema import parse

SITE = '[site]\nname = "General Hospital"\nfacility = "GH"\n'
CT1 = '[[dicom_peer]]\nae_title = "CT1"\nhost = "10.0.0.1"\nport = 104\n'
MR1 = '[[dicom_peer]]\nae_title = "MR1"\nhost = "10.0.0.2"\n'


def test_the_first_file_adds_everything() -> None:
    lines = differences(None, parse(SITE + CT1))
    assert lines == ("site General Hospital: added", "dicom_peer CT1: added")


def test_the_same_file_changes_nothing() -> None:
    assert differences(parse(SITE + CT1), parse(SITE + CT1)) == ()


def test_rows_come_go_and_change() -> None:
    after = parse(SITE.replace("General", "Saint") + CT1.replace("104", "11112"))
    assert differences(parse(SITE + CT1 + MR1), after) == (
        "site: name General Hospital -> Saint Hospital",
        "dicom_peer MR1: removed",
        "dicom_peer CT1: port 104 -> 11112",
    )
