"""GT1, IN1 to IN3 and DG1 to an account."""

from __future__ import annotations

from datetime import UTC, date

import pytest

from integrations.hl7.maps.bar2account import account_facts, has_payers
from integrations.hl7.maps.rows import FieldMissing
from integrations.hl7.message import Message
from tests.support.messages import joined, msh, pid

GT1 = "GT1|1|G7|DOE^JOHN||1 Main St^^Paris||||M|P|SPO^Spouse"
IN1 = "IN1|1|PPO^Gold|C1|AOK||||GRP||||20260101|20261231|AUTH1||DOE^JOHN|SPO|19680101" + (
    "||||1" + "|" * 14 + "POL7"
)
IN3 = "IN3|1|CERT9"
DG1 = "DG1|1||C34.9^Lung^I10||20261124|W"


def message(*segments: str, account: str = "ACC1^^^GH") -> Message:
    return Message(joined(msh("BAR^P01"), "EVN|P01|20261124", pid(account=account), *segments))


def test_who_pays_is_read_whole() -> None:
    told = account_facts(message(GT1, IN1, IN3, DG1), zone=UTC)
    assert (told.number, told.authority) == ("ACC1", "GH")
    assert told.guarantors is not None
    assert told.guarantors[0].fields["name"] == "DOE^JOHN"
    assert told.guarantors[0].fields["relationship"] == "Spouse"
    assert told.coverages is not None
    said = told.coverages[0].fields
    assert (said["plan_id"], said["company_name"], said["policy_number"]) == ("PPO", "AOK", "POL7")
    assert (said["authorization_number"], said["certification_number"]) == ("AUTH1", "CERT9")
    assert (said["effective_on"], said["insured_birth_date"]) == (
        date(2026, 1, 1),
        date(1968, 1, 1),
    )
    assert told.diagnoses is not None
    assert told.diagnoses[0].fields["code"] == "C34.9"


def test_a_list_that_is_not_told_is_none() -> None:
    told = account_facts(message(DG1), zone=UTC)
    assert (told.guarantors, told.coverages) == (None, None)
    assert not has_payers(message(DG1))
    assert has_payers(message(IN1))


def test_a_date_nobody_can_read_says_nothing() -> None:
    told = account_facts(message("IN1|1|PPO||||||||||SOON"), zone=UTC)
    assert told.coverages is not None
    assert "effective_on" not in told.coverages[0].fields


def test_the_null_value_empties_a_field_of_its_row() -> None:
    told = account_facts(message('IN1|1|PPO||""'), zone=UTC)
    assert told.coverages is not None
    assert told.coverages[0].cleared == {"company_name"}


def test_without_an_account_the_visit_is_billed() -> None:
    visit = "PV1|1|I" + "|" * 17 + "V7^^^HIS"
    told = account_facts(message(visit, account=""), zone=UTC)
    assert (told.number, told.authority) == ("V7", "HIS")
    with pytest.raises(FieldMissing):
        account_facts(message(account=""), zone=UTC)
