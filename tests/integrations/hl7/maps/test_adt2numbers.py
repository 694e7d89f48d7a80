"""MRG, PID and PV1 to old and new numbers."""

from __future__ import annotations

from datetime import UTC

import pytest

from integrations.hl7.maps.adt2numbers import moved_visits, old_and_new
from integrations.hl7.maps.rows import SegmentMissing
from integrations.hl7.message import Message
from tests.support.messages import joined, msh, pid


def test_old_numbers_are_in_mrg_and_new_ones_in_pid_and_pv1() -> None:
    mrg = "MRG|P9||OLD^^^GH||V1^^^HIS|ALT1"
    pv1 = "PV1|1|I|" + "|" * 15 + "|V2^^^HIS" + "|" * 31 + "ALT2"
    old, new = old_and_new(Message(joined(msh("ADT^A50"), pid(), mrg, pv1)), zone=UTC)
    assert (old.account, old.account_authority) == ("OLD", "GH")
    assert (old.visit, old.visit_authority, old.alternate) == ("V1", "HIS", "ALT1")
    assert (new.account, new.visit, new.alternate) == ("ACC1", "V2", "ALT2")


def test_each_mrg_has_the_pv1_after_it() -> None:
    parts = [
        line for n in (1, 2) for line in (f"MRG|||OLD||V{n}", f"PV1|{n}|I" + "|" * 17 + f"W{n}")
    ]
    pairs = list(moved_visits(Message(joined(msh("ADT^A45"), pid(), *parts)), zone=UTC))
    assert [(old.visit, new.visit, new.account) for old, new in pairs] == [
        ("V1", "W1", "ACC1"),
        ("V2", "W2", "ACC1"),
    ]


def test_without_mrg_there_is_nothing_to_change() -> None:
    with pytest.raises(SegmentMissing, match="MRG"):
        old_and_new(Message(joined(msh("ADT^A49"), pid())), zone=UTC)
    with pytest.raises(SegmentMissing, match="MRG"):
        list(moved_visits(Message(joined(msh("ADT^A45"), pid())), zone=UTC))
