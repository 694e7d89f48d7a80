"""Accounts and who pays: a list is a snapshot, silence changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from archive.patients.rules import Identifier
from tests.support.builders import a_patient
from tests.support.scheduled import ORIGIN
from worklist.accounts import services
from worklist.accounts.queries import account_of
from worklist.accounts.rules import AccountFacts, Told
from worklist.models import Account, Coverage

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def plan(place: int, plan_id: str, **fields: Any) -> Told:
    cleared = fields.pop("cleared", frozenset())
    return Told(position=place, fields={"plan_id": plan_id, **fields}, cleared=cleared)


def facts(**over: Any) -> AccountFacts:
    return AccountFacts(
        **({"number": "ACC1", "authority": "GH", "event_at": NOW, "sender": "HIS"} | over)
    )


def keep(**over: Any) -> services.Kept:
    patient = over.pop("patient", None) or a_patient()
    return services.keep_account(facts=facts(**over), patient=patient, origin=ORIGIN)


def plans() -> list[tuple[int, str, str]]:
    rows = Coverage.objects.order_by("position")
    return list(rows.values_list("position", "plan_id", "policy_number"))


def test_a_list_that_is_told_replaces_the_known_one_and_silence_does_not() -> None:
    first = keep(coverages=(plan(1, "AOK", policy_number="7"), plan(2, "TK")))
    assert first.is_new
    assert not keep(financial_class="PRIVATE").is_new
    assert plans() == [(1, "AOK", "7"), (2, "TK", "")]
    keep(coverages=(plan(1, "AOK"),))
    assert plans() == [(1, "AOK", "7")]


def test_another_insurance_in_the_same_place_inherits_nothing() -> None:
    keep(coverages=(plan(1, "AOK", policy_number="7"),))
    keep(coverages=(plan(1, "DAK"),))
    assert plans() == [(1, "DAK", "")]


def test_the_null_value_empties_one_field() -> None:
    keep(coverages=(plan(1, "AOK", policy_number="7"),))
    keep(coverages=(plan(1, "AOK", cleared=frozenset({"policy_number"})),))
    assert plans() == [(1, "AOK", "")]


def test_late_news_fills_gaps_only() -> None:
    keep(coverages=(plan(1, "AOK"),))
    late = keep(
        event_at=NOW - timedelta(hours=1), coverages=(plan(1, "TK"),), financial_class="SELF"
    )
    assert late.notes
    assert plans() == [(1, "AOK", "")]
    assert Account.objects.get().financial_class == "SELF"


def test_an_account_ends_once_and_one_nobody_knew_is_kept_as_ended() -> None:
    patient = a_patient()
    for _ in range(2):
        services.end_account(facts=facts(), patient=patient, origin=ORIGIN)
    row = Account.objects.get()
    assert (row.status, row.ended_at) == ("ended", NOW)


def test_an_account_of_another_patient_is_never_moved() -> None:
    keep()
    other = a_patient(identifiers=(Identifier(value="P2", issuer="GH"),), name="ROE^RICHARD")
    with pytest.raises(services.AccountOfOtherPatient):
        keep(patient=other)


def test_an_account_is_found_by_the_number_it_had() -> None:
    account = keep().account
    services.rename_account(account=account, number="ACC2", authority="GH", origin=ORIGIN)
    for number in ("ACC1", "ACC2"):
        assert account_of(number=number, authority="GH") == account
    services.rename_account(account=account, number="ACC2", authority="GH", origin=ORIGIN)
    other = keep(number="ACC3").account
    with pytest.raises(services.AccountNumberInUse):
        services.rename_account(account=other, number="ACC2", authority="GH", origin=ORIGIN)
