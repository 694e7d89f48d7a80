"""The kinds of fields an order has, each read from one segment at a time."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from integrations.hl7.maps import orm2order, rows
from integrations.hl7.message import Message, SegmentList
from tests.support.messages import joined, msh
from worklist.orders.rules import Code, OrderFacts, StepFacts

PARIS = ZoneInfo("Europe/Paris")


def segments(*lines: str) -> SegmentList:
    return Message(joined(msh("OMI^O23"), *lines))


def test_every_row_fills_a_fact_that_exists() -> None:
    maps = (*orm2order.ORDER, *orm2order.PATIENT_PART, *orm2order.OWN_PART)
    assert {row.ours for row in maps} <= set(OrderFacts.__dataclass_fields__)
    assert {row.ours for row in orm2order.STEP} <= set(StepFacts.__dataclass_fields__)
    known = {*OrderFacts.__dataclass_fields__, *StepFacts.__dataclass_fields__}
    assert known >= orm2order.IDENTIFYING


def test_allergies_to_contrast_media_come_first_and_others_than_allergies_do_not_come() -> None:
    told = segments("AL1|1|DA|PEN^Penicillin", "AL1|2|XX|^Dust", "AL1|3|DA|^Gadolinium contrast")
    assert orm2order.allergies(told, "AL1-3", PARIS) == "Gadolinium contrast\nPenicillin"


@pytest.mark.parametrize(("value", "status"), [("B6", 3), ("A0~B6", 3), ("A0", None), ("", None)])
def test_only_pregnant_says_something(value: str, status: int | None) -> None:
    told = segments("PV1|1|O" + "|" * 13 + value)
    assert orm2order.pregnancy(told, "PV1-15", PARIS) == status


def test_notes_are_lines_and_the_null_value_is_none() -> None:
    told = segments("NTE|1||one~two", 'NTE|2||""', "NTE|3||three")
    assert orm2order.lines(told, "NTE-3.1", PARIS) == "one\ntwo\nthree"


def test_codes_and_stations_repeat() -> None:
    told = segments("IPC|A|R|1.2|S|MR|A^a^L~B^b^99X~C|||MR1~MR2")
    assert orm2order.more_codes(told, "IPC-6", PARIS) == (
        Code(value="B", scheme="99X", meaning="b"),
        Code(value="C", scheme="L", meaning="C"),
    )
    assert orm2order.more_titles(told, "IPC-9", PARIS) == ("MR2",)
    with pytest.raises(rows.TooLong):
        orm2order.more_titles(segments("IPC|||||||||MR1~" + "X" * 17), "IPC-9", PARIS)


@pytest.mark.parametrize("value", ["A*1", "A?", "A\\E\\1"])
def test_an_accession_number_holds_no_wildcard_and_no_backslash(value: str) -> None:
    with pytest.raises(orm2order.BadAccessionNumber):
        orm2order.accession_number(segments(f"IPC|{value}"), "IPC-1.1", PARIS)
