"""UIDs, accession numbers, and what late news may still tell."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta

import pytest

from tests.support.builders import MORNING, order_facts
from worklist.orders.rules import (
    IDENTIFYING,
    OrderFacts,
    StepFacts,
    accession_number,
    is_same_request,
    is_stale,
    is_uid,
    new_study_instance_uid,
    only_gaps,
)


@pytest.mark.parametrize("uid", ["1.2.3", "2.25.0", "0.0"])
def test_uids_are_accepted(uid: str) -> None:
    assert is_uid(uid)


@pytest.mark.parametrize("uid", ["", "1", "3.1", "1.02", "1.2.", "1..2", "1.2/..", "1." + "2" * 63])
def test_what_is_no_uid_is_refused(uid: str) -> None:
    assert not is_uid(uid)


def test_issued_uids_are_uids_and_differ() -> None:
    issued = {new_study_instance_uid() for _ in range(50)}
    assert len(issued) == 50
    assert all(is_uid(uid) for uid in issued)


@pytest.mark.parametrize("facility", ["GH", "", "Gen*ral?", "VERYLONGFACILITY"])
def test_issued_accession_numbers_fit_and_hold_no_wildcard(facility: str) -> None:
    number = accession_number(facility=facility, year=2026, number=9_999_999)
    assert len(number) <= 16
    assert number.isalnum()


@pytest.mark.parametrize(
    ("minutes", "sender", "stale"),
    [(-5, "HIS", True), (0, "HIS", False), (5, "HIS", False), (-5, "RIS", False), (-5, "", True)],
)
def test_times_are_compared_within_one_sender_only(minutes: int, sender: str, stale: bool) -> None:
    facts = order_facts(event_at=MORNING + timedelta(minutes=minutes), sending_application="HIS")
    assert is_stale(facts, last_event_at=MORNING, last_sender=sender) is stale


def test_an_order_without_a_number_may_be_the_same_request() -> None:
    assert is_same_request(order_facts(placer_order_number=""), placer_order_number="P1")
    assert is_same_request(order_facts(), placer_order_number="")
    assert not is_same_request(order_facts(), placer_order_number="P1")


def test_late_news_keep_only_what_nobody_knows() -> None:
    facts = order_facts(
        priority="STAT",
        reason="pain",
        cleared=frozenset({"location"}),
        steps=(StepFacts(start=MORNING, comments="left"), StepFacts(comments="right")),
    )
    known = {"priority": "ROUTINE", "reason": "", "steps": [{"start": MORNING, "comments": ""}]}
    left = only_gaps(facts, known)
    assert (left.priority, left.reason, left.cleared) == ("", "pain", frozenset())
    assert left.placer_order_number == facts.placer_order_number
    assert [(s.start, s.comments) for s in left.steps] == [(None, "left"), (None, "right")]


def test_what_identifies_an_order_are_facts_of_it() -> None:
    assert {each.name for each in fields(OrderFacts)} >= IDENTIFYING
