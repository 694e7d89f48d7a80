"""PV1 and PV2 to a visit."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from integrations.hl7.maps.adt2visit import COMMANDS, names_visit, visit_facts
from integrations.hl7.maps.rows import FieldMissing
from integrations.hl7.message import Message
from tests.support.messages import joined, msh, pid
from worklist.visits.rules import VISIT_MOVES


def message(pv1: str, *more: str, account: str = "ACC1^^^GH") -> Message:
    evn = "EVN|A01|20261124100000+0000"
    return Message(joined(msh("ADT^A01"), evn, pid(account=account), pv1, *more))


def test_every_event_has_a_command_of_the_table() -> None:
    assert set(COMMANDS.values()) == {command for _, command in VISIT_MOVES}


def test_a_visit_is_read_whole() -> None:
    fields = {
        2: "I",
        3: "W1^R1^B1",
        4: "E",
        6: "ER",
        7: "A1^CUDDY^LISA",
        8: "R1^HOUSE^GREGORY",
        10: "MED",
        17: "A2^FOREMAN^ERIC",
        19: "V1^^^HIS",
        20: "SELF",
        36: "01",
        42: "ICU",
        44: "20261124080000+0000",
        45: "20261125080000+0000",
        50: "ALT1",
    }
    pv1 = "PV1|" + "|".join(fields.get(n, "") for n in range(1, 51))
    told = visit_facts(message(pv1, "PV2|||R^Chest pain"), zone=UTC, required=True)
    assert told is not None
    assert (told.number, told.authority, told.account_number) == ("V1", "HIS", "ACC1")
    assert (told.location, told.prior_location, told.pending_location) == ("W1 R1 B1", "ER", "ICU")
    assert told.referring_physician_name == "HOUSE^GREGORY"
    assert told.attending_physician_name == "CUDDY^LISA"
    assert told.admission_reason == "Chest pain"
    assert told.admitted_at == datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert told.event_at == datetime(2026, 11, 24, 10, tzinfo=UTC)
    assert (told.alternate_number, told.financial_class) == ("ALT1", "SELF")
    assert told.sender == "HIS|GH"


def test_a_visit_without_a_number_goes_by_its_account() -> None:
    text = message("PV1|1|O")
    told = visit_facts(text, zone=UTC, required=True)
    assert told is not None
    assert (told.number, told.authority) == ("ACC1", "GH")
    assert not names_visit(text)


def test_who_names_no_visit_is_told_so_where_one_is_needed() -> None:
    text = message("PV1|1|O", account="")
    assert visit_facts(text, zone=UTC, required=False) is None
    with pytest.raises(FieldMissing, match="PV1-19"):
        visit_facts(text, zone=UTC, required=True)
    with pytest.raises(FieldMissing, match="PV1-2"):
        visit_facts(message("PV1|1"), zone=UTC, required=True)
