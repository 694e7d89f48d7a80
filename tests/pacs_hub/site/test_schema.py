"""A site file is read whole; what is wrong with it is told at once, in lines that name the key."""

from __future__ import annotations

from pathlib import Path

import pytest

from pacs_hub.site.schema import SiteFileWrong, parse
from pacs_hub.site.tables import SERVICES
from tests.architecture.checks.source import PROJECT

SITE = '[site]\nname = "General Hospital"\nfacility = "GH"\n'
EXAMPLE = PROJECT / "deploy" / "site.example.toml"


def problems_of(text: str) -> tuple[str, ...]:
    with pytest.raises(SiteFileWrong) as caught:
        parse(text)
    return caught.value.problems


def test_the_example_shows_every_key_of_every_table() -> None:
    file = parse(EXAMPLE.read_text(encoding="utf-8"))
    text = EXAMPLE.read_text(encoding="utf-8")
    for key in vars(file.archive):
        assert f"\n{key} = " in text
    for rows in (file.dicom_peer, file.station, file.hl7_peer, file.fhir_peer, file.procedure):
        for key in vars(rows[0]):
            assert f"\n{key} = " in text
    assert file.notes == ()
    assert file.hl7_peer[1].messages == ("DFT^P03",)


def test_what_is_left_out_has_a_default() -> None:
    file = parse(SITE + '[[dicom_peer]]\nae_title = "CT1"\nhost = "10.0.0.1"\n')
    assert file.site.default_issuer == "GH"
    assert file.dicom_peer[0].may == SERVICES
    assert file.dicom_peer[0].address == ()
    assert file.dicom_peer[0].port is None


def test_an_unknown_key_is_named_with_its_table() -> None:
    text = SITE + '[[station]]\nae_title = "CT1"\nmodality = "CT"\nmodalty = "CT"\n'
    (line,) = problems_of(text)
    assert line.startswith("[[station]] CT1 modalty: is not a key of this table; the keys are")


def test_an_unknown_table_is_named() -> None:
    (line,) = problems_of(SITE + '[[printer]]\nname = "P"\n')
    assert line.startswith("printer: is not a table of the site file")


def test_every_fault_is_told_at_once() -> None:
    text = '[[dicom_peer]]\nae_title = "A TITLE OF MORE THAN 16"\nport = 70000\n[site]\nname = 1\n'
    lines = problems_of(text)
    assert len(lines) == 5
    assert any("at most 16 fit" in line for line in lines)


@pytest.mark.parametrize(
    ("table", "lines", "fault"),
    [
        ("dicom_peer", 'ae_title = "A"', 'address: is missing: say where it calls from; "*"'),
        ("dicom_peer", 'ae_title = "A"\naddress = ["ct1.local"]', "is not an IP address"),
        ("dicom_peer", 'ae_title = "A"\naddress = "10.0.0.1"', "is not a list of texts"),
        ("dicom_peer", 'ae_title = " A"\naddress = ["*"]', "is not an AE title"),
        ("dicom_peer", 'ae_title = "A"\naddress = ["*"]\nmay = ["fly"]', "'fly' is not one of"),
        ("dicom_peer", 'ae_title = "A"\nhost = "h"\nport = "104"', "is not a whole number"),
        ("dicom_peer", 'ae_title = "A"\nhost = "h"\nport = 0', "from 1 to 65535"),
        (
            "dicom_peer",
            'ae_title = "A"\nhost = "h"\ncharacter_set = "utf8"',
            "is not a DICOM character set",
        ),
        (
            "dicom_peer",
            'ae_title = "A"\nhost = "h"\ndifferent_object = "overwrite"',
            "is not one of keep-aside, refuse",
        ),
        ("dicom_peer", 'ae_title = "A"\nhost = "h"\nsop_classes = ["CT"]', "is not a UID"),
        ("dicom_peer", 'ae_title = "A"\nhost = "h"\nnotify = "yes"', "is not true or false"),
        ("dicom_peer", 'ae_title = "A"\nhost = "h"\ncommit_port = 0', "from 1 to 65535"),
        ("station", 'ae_title = "A"', "modality: is missing"),
        ("station", 'ae_title = "A"\nmodality = "ct"', "is not a DICOM code"),
        ("hl7_peer", 'name = "A"\ndirection = "both"', "is not one of in, out"),
        ("hl7_peer", 'name = "A"\ndirection = "in"', "address: is missing"),
        ("hl7_peer", 'name = "A"\ndirection = "out"\nhost = "h"\nport = 1', "messages: is missing"),
        (
            "hl7_peer",
            'name = "A"\ndirection = "out"\nhost = "h"\nport = 1\nmessages = ["DFT"]',
            "is not a message",
        ),
        ("fhir_peer", 'name = "A"\nbase_url = "emr"', "is not an address such as"),
        ("procedure", 'code = "A"\nname = "B"\nmodality = "CT"\nminutes = 0', "from 1 to 1440"),
        ("resource", 'name = "A"\nstation = "B"\nhours = "always"', "is not written as"),
    ],
)
def test_a_wrong_value_is_one_clear_line(table: str, lines: str, fault: str) -> None:
    (line,) = problems_of(f"{SITE}[[{table}]]\n{lines}\n")
    assert line.startswith(f"[[{table}]] ")
    assert fault in line


def test_a_wrong_policy_of_the_archive_is_named() -> None:
    lines = problems_of(SITE + "[archive]\nquota_gb = 0\nreserve_gb = 1\nquota = 5\n")
    assert lines[0].startswith("[archive] quota_gb: 0 is not a whole number from 1")
    assert lines[1].startswith("[archive] quota: is not a key of this table")


def test_a_wrong_time_zone_is_named() -> None:
    assert "is not a time zone" in problems_of(SITE + 'time_zone = "Mars/Olympus"\n')[0]


def test_the_same_peer_twice_is_a_fault() -> None:
    peer = '[[dicom_peer]]\nae_title = "CT1"\naddress = ["*"]\n'
    assert problems_of(SITE + peer + peer) == ("[[dicom_peer]] ae_title CT1: is there 2 times",)


def test_a_station_with_an_unlisted_procedure_is_noted_but_good() -> None:
    text = SITE + '[[station]]\nae_title = "CT1"\nmodality = "CT"\nprocedures = ["CTX"]\n'
    assert parse(text).notes == ("[[station]] CT1 performs CTX, not in the catalogue",)


def test_what_is_not_toml_says_where(tmp_path: Path) -> None:
    assert "line 1" in problems_of("[site\n")[0]
