"""PID becomes what we know of a patient: absent, null and valued are three things."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from archive.patients.rules import Identifier, PatientDetails, PatientFacts
from integrations.hl7.maps.adt2patient import event_at, patient_facts
from integrations.hl7.maps.rows import FieldMissing, SegmentMissing, TooLong
from integrations.hl7.maps.times import BadTime
from integrations.hl7.message import Message
from tests.support.messages import adt, pid


def facts(person: str) -> PatientFacts:
    return patient_facts(Message(adt(person=person)), default_issuer="GH", needs_name=True)


def test_a_whole_pid() -> None:
    assert facts(pid()) == PatientFacts(
        identifiers=(Identifier(value="P1", issuer="GH", type_code="MR"),),
        name="DOE^JANE",
        birth_date=date(1970, 1, 1),
        sex="F",
        account_number="ACC1",
        details=PatientDetails(other_names=()),
    )


def test_every_identifier_with_its_authority() -> None:
    found = facts(pid(identifier="P1~77^^^&1.2.3&ISO^PI~P1^^^GH~^^^EMPTY")).identifiers
    assert [(i.value, i.issuer) for i in found] == [("P1", "GH"), ("77", "1.2.3")]


def test_a_social_security_number_is_left_out_where_there_is_another_identifier() -> None:
    found = facts(pid(identifier="P1^^^GH^MR~999^^^USSSA^SS")).identifiers
    assert [i.value for i in found] == ["P1"]
    assert [i.value for i in facts(pid(identifier="999^^^USSSA^SS")).identifiers] == ["999"]


def test_absent_says_nothing_and_null_clears() -> None:
    silent = facts(pid(born="", sex="", account=""))
    assert (silent.birth_date, silent.clear_birth_date) == (None, False)
    assert (silent.sex, silent.account_number) == (None, None)
    cleared = facts(pid(born='""', sex='""', account='""'))
    assert cleared.clear_birth_date
    assert (cleared.sex, cleared.account_number) == ("", "")


@pytest.mark.parametrize(("sent", "sex"), [("m", "M"), ("A", "O"), ("U", None), ("F^x", "F")])
def test_sexes(sent: str, sex: str | None) -> None:
    assert facts(pid(sex=sent)).sex == sex


def test_part_of_a_birth_date_is_none() -> None:
    assert facts(pid(born="1970")).birth_date is None


@pytest.mark.parametrize(
    ("person", "error", "field"),
    [
        ("PV1|1", SegmentMissing, "PID"),
        (pid(identifier=""), FieldMissing, "PID-3"),
        (pid(name=""), FieldMissing, "PID-5"),
        (pid(born="soon"), BadTime, "PID-7"),
        (pid(identifier="9" * 65), TooLong, "PID-3"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_place(
    person: str, error: type[Exception], field: str
) -> None:
    with pytest.raises(error) as caught:
        facts(person)
    assert caught.value.field == field  # type: ignore[attr-defined]


def test_the_time_of_the_event_is_evn_6_then_evn_2_then_the_messages() -> None:
    def at(evn: str) -> datetime | None:
        return event_at(Message(f"MSH|^~\\&|A||||2026112406\r{evn}\r"), zone=UTC)

    assert at("EVN|A08|2026112408||||2026112407") == datetime(2026, 11, 24, 7, tzinfo=UTC)
    assert at("EVN|A08|2026112408") == datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert at("EVN|A08|whenever") == datetime(2026, 11, 24, 6, tzinfo=UTC)
