"""What an overlay comes down to for one header."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from archive.corrections.rules import Change, Identity, Overlay, agree, batches, same_name
from archive.dicom.json_model import Json, text_value

AT = datetime(2026, 1, 5, tzinfo=UTC)
MASTER = Identity(
    name="Doe^Jane", patient_id="P1", issuer="GH", birth_date=date(1970, 1, 1), sex="F"
)


def header(**said: str) -> dict[str, Json]:
    """Return a header that says what the master says, but for what is given; "-" leaves out."""
    tags = {
        "name": ("00100010", "PN", "Doe^Jane"),
        "patient_id": ("00100020", "LO", "P1"),
        "issuer": ("00100021", "LO", "GH"),
        "birth_date": ("00100030", "DA", "19700101"),
        "sex": ("00100040", "CS", "F"),
        "accession": ("00080050", "SH", "A1"),
    }
    values = {key: (tag, vr, said.get(key, usual)) for key, (tag, vr, usual) in tags.items()}
    return {tag: text_value(vr, [text]) for tag, vr, text in values.values() if text != "-"}


def changed(said: dict[str, Json], *, master: Identity = MASTER, **more: Any) -> dict[str, Any]:
    """Return what the master changes in a header."""
    change = Change(reason="COERCE", source="", at=AT, attributes={}, identity=master, **more)
    found = batches(Overlay(changes=(change,), system="hub"), said)
    return {tag: v.get("Value") for batch in found for tag, v in batch.attributes.items()}


@pytest.mark.parametrize(
    "said", [{}, {"name": "DOE^JANE^^"}, {"issuer": "-"}, {"name": "Doe^Jane=田中^花子"}]
)
def test_a_header_that_says_the_same_is_left_alone(said: dict[str, str]) -> None:
    assert changed(header(**said)) == {}


def test_the_issuer_always_goes_with_the_id() -> None:
    assert changed(header(patient_id="P2")) == {"00100020": ["P1"], "00100021": ["GH"]}
    assert changed(header(issuer="OTHER")) == {"00100021": ["GH"]}


def test_what_the_master_does_not_know_stays() -> None:
    master = Identity(name="Doe^Jane", patient_id="P1", issuer="GH")
    assert changed(header(), master=master) == {}


def test_nothing_of_another_person_stays() -> None:
    master = Identity(name="Roe^Anna", patient_id="P9", issuer="GH")
    found = changed(header(), master=master)
    assert (found["00100030"], found["00100040"]) == (None, None)


def test_other_ids_of_another_person_go() -> None:
    said = header()
    said["00101002"] = {"vr": "SQ", "Value": [{"00100020": text_value("LO", ["X9"])}]}
    said["00101000"] = text_value("LO", ["X8"])
    assert changed(said) == {"00101002": None, "00101000": None}
    known = Identity(**{**vars(MASTER), "others": (("X9", "CLINIC"), ("X8", "CLINIC"))})
    assert changed(said, master=known) == {}


def test_the_later_word_counts_and_is_one_batch() -> None:
    changes = tuple(
        Change(reason="CORRECT", source="", at=AT, attributes={"00080050": text_value("SH", [a])})
        for a in ("A2", "A3")
    )
    (batch,) = batches(Overlay(changes=changes, system="hub"), header())
    assert batch.attributes["00080050"]["Value"] == ["A3"]


def test_a_correction_to_what_was_received_is_none() -> None:
    change = Change(
        reason="CORRECT", source="", at=AT, attributes={"00080050": text_value("SH", ["A1"])}
    )
    assert batches(Overlay(changes=(change,), system="hub"), header()) == []


@pytest.mark.parametrize(
    ("name", "birth_date", "wanted"),
    [
        ("Dœ^Jane", date(1970, 1, 1), False),
        ("DOE JANE", date(1970, 1, 1), True),
        ("Doé^Jane", date(1970, 1, 1), True),
        ("Doe^Jane", date(1970, 1, 2), False),
        ("Doe^Jane", None, False),
        ("", date(1970, 1, 1), False),
    ],
)
def test_a_header_agrees_by_name_and_birth_date(
    name: str, birth_date: date | None, wanted: bool
) -> None:
    assert agree(Identity(name=name, birth_date=birth_date), MASTER) is wanted


def test_names_are_the_same_without_case_and_empty_ends() -> None:
    assert same_name("DOE^Jane^^", "Doe^JANE")
    assert not same_name("Doe^Jane", "Doe^Janet")
    assert not same_name("", "Doe^Jane")
    assert not same_name("", "")
    assert not same_name("=山田^太郎", "Smith^John")  # nothing in common says nothing
