"""What a commitment request must say, and what its answer looks like."""

from __future__ import annotations

import pytest
from pydicom import Dataset

from archive.commitment.rules import BadRequest, EventType, Wanted, answer, read_wish
from archive.storage.layout import BadUid
from tests.support.peers.requester import named


def action(*uids: str) -> Dataset:
    """Return a request for CT images of these UIDs."""
    ds = Dataset()
    ds.TransactionUID = "1.2.3"
    ds.ReferencedSOPSequence = [named("1.2.840.10008.5.1.4.1.1.2", uid) for uid in uids]
    return ds


def test_each_object_counts_once_and_their_order_does_not_matter() -> None:
    wish = read_wish(action("1.1", "1.2", "1.1"))
    assert [each.sop_instance_uid for each in wish.wanted] == ["1.1", "1.2"]
    assert wish.sha256 == read_wish(action("1.2", "1.1")).sha256
    assert wish.sha256 != read_wish(action("1.1")).sha256


def test_over_http_the_path_names_the_transaction() -> None:
    request = action("1.1")
    del request.TransactionUID
    assert read_wish(request, transaction_uid="1.9").transaction_uid == "1.9"


def test_what_is_missing_or_no_uid_is_refused() -> None:
    with pytest.raises(BadRequest):
        read_wish(action())
    with pytest.raises(BadRequest):
        read_wish(action(""))
    with pytest.raises(BadUid):
        read_wish(action("1.1"), transaction_uid="../1")


def test_objects_that_are_no_sequence_are_refused() -> None:
    request = action("1.1")
    del request.ReferencedSOPSequence
    request.add_new(0x00081199, "LO", "1.1")
    with pytest.raises(BadRequest):
        read_wish(request)


def test_the_answer_says_type_two_where_anything_failed() -> None:
    one = Wanted(sop_class_uid="1.2", sop_instance_uid="1.1")
    two = Wanted(sop_class_uid="1.2", sop_instance_uid="1.2")
    facts = {"transaction_uid": "1.2.3", "retrieve_ae_title": "PACSHUB"}
    kind, good = answer(committed=[one, two], failed=[], **facts)
    assert (kind, len(good.ReferencedSOPSequence)) == (EventType.ALL_COMMITTED, 2)
    assert "FailedSOPSequence" not in good
    kind, mixed = answer(committed=[one], failed=[(two, 0x0112)], **facts)
    assert kind == EventType.FAILURES_EXIST
    assert mixed.FailedSOPSequence[0].FailureReason == 0x0112
    _, bad = answer(committed=[], failed=[(two, 0x0112)], **facts)
    assert "ReferencedSOPSequence" not in bad
