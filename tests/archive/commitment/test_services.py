"""A request is checked page by page with a bounded load, waits, and is followed up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, BinaryIO

import pytest
from pydicom import Dataset

from archive.commitment import queries
from archive.commitment.rules import Wish, read_wish
from archive.commitment.services import (
    DuplicateTransaction,
    NoSuchRequest,
    NotGivenUp,
    check_due,
    check_now,
    claim_report,
    due_reports,
    forget_told,
    not_told,
    request_commitment,
    retry,
    told,
)
from archive.models import CommitmentReference, CommitmentRequest
from archive.requestor.retries import DELAYS
from archive.storage.filesystem import FilesystemArea
from pacs_hub.audit.models import AuditRow
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Unavailable
from tests.support.builders import CT1
from tests.support.datasets import ct_instance, new_uid
from tests.support.peers.requester import named, wish
from tests.support.stored import store

pytestmark = pytest.mark.django_db
QUARTER = timedelta(minutes=15)
PLENTY = 10**9
UIDS = range(1, 10_001)


@contextmanager
def later(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> Iterator[datetime]:
    """Let it be later."""
    then = clock.now() + by
    with monkeypatch.context() as patch:
        patch.setattr(clock, "now", lambda: then)
        yield then


def asked(*objects: Dataset, wait: timedelta = QUARTER, uid: str = "") -> CommitmentRequest:
    """Let CT1 ask for the commitment of these objects."""
    return request_commitment(
        wish=read_wish(wish(*objects, transaction_uid=uid)),
        ae_title="CT1",
        origin=CT1,
        wait=wait,
    )


def state(request: CommitmentRequest) -> str:
    """Return how far the request is now."""
    request.refresh_from_db()
    return str(request.state)


def test_what_is_not_here_yet_is_waited_for(
    area: FilesystemArea, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, coming = ct_instance(), ct_instance()
    store(here, area=area)
    request = asked(here, coming)
    check_due(area=area, budget_bytes=PLENTY)
    assert state(request) == "checking"
    assert list(queries.waiting()) == [request]
    store(coming, area=area)
    with later(monkeypatch, timedelta(seconds=30)):
        check_due(area=area, budget_bytes=PLENTY)
        assert state(request) == "reporting"
        assert (request.number_committed, request.number_failed) == (2, 0)


def test_what_never_comes_is_not_found_in_the_end(
    area: FilesystemArea, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = asked(ct_instance())
    check_due(area=area, budget_bytes=PLENTY)
    with later(monkeypatch, QUARTER):
        check_due(area=area, budget_bytes=PLENTY)
    assert state(request) == "reporting"
    assert request.references.get().failure_reason == 0x0112
    assert list(queries.need_a_person()) == [request]


def test_a_tick_reads_no_more_than_its_budget_and_goes_on_where_it_stopped(
    area: FilesystemArea,
) -> None:
    objects = [ct_instance() for _ in range(5)]
    store(*objects, area=area)
    request = asked(*objects)
    verified = CommitmentReference.objects.filter(verified_at__isnull=False)
    for count in range(1, 6):
        check_due(area=area, budget_bytes=1)
        assert verified.count() == count
    check_due(area=area, budget_bytes=1)
    assert state(request) == "reporting"


def test_ten_thousand_objects_are_written_down_and_looked_at_in_pages(
    area: FilesystemArea, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    action = Dataset()
    action.TransactionUID = new_uid()
    action.ReferencedSOPSequence = [named("1.2.840.10008.5.1.4.1.1.2", f"1.{n}") for n in UIDS]
    request = request_commitment(
        wish=read_wish(action), ae_title="CT1", origin=CT1, wait=timedelta(0)
    )
    with django_assert_max_num_queries(20 + 4 * len(UIDS) // 100):
        check_due(area=area, budget_bytes=PLENTY)
    assert state(request) == "reporting"
    assert request.number_failed == len(UIDS)


def test_storage_that_is_away_is_no_failure_of_the_objects(
    area: FilesystemArea, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = ct_instance()
    store(image, area=area)
    request = asked(image)
    with monkeypatch.context() as patch:
        patch.setattr(area, "open", _away)
        check_due(area=area, budget_bytes=PLENTY)
    assert state(request) == "checking"
    assert request.error_text == "the object store is away"
    with later(monkeypatch, timedelta(minutes=2)):
        check_due(area=area, budget_bytes=PLENTY)
        assert state(request) == "reporting"
        assert request.error_text == ""


def _away(key: str) -> BinaryIO:
    raise Unavailable("the object store is away")


def test_at_once_it_is_done_only_where_all_is_here(area: FilesystemArea) -> None:
    image = ct_instance()
    store(image, area=area)
    soon = timedelta(seconds=2)
    assert check_now(request_id=asked(image).pk, area=area, within=soon)
    assert not check_now(request_id=asked(ct_instance()).pk, area=area, within=soon)
    assert not check_now(request_id=asked(image).pk, area=area, within=timedelta(0))


def test_a_transaction_names_the_same_objects_for_ever(area: FilesystemArea) -> None:
    first, second, uid = ct_instance(), ct_instance(), new_uid()
    store(first, area=area)
    request = asked(first, uid=uid, wait=timedelta(0))
    with pytest.raises(DuplicateTransaction):
        asked(second, uid=uid)
    check_due(area=area, budget_bytes=PLENTY)
    told(request_id=request.pk)
    assert asked(first, uid=uid).pk == request.pk
    assert state(request) == "checking"  # read back anew before it is told again
    assert request.references.get().verified_at is None


def test_who_cannot_be_told_is_called_ever_later_and_then_given_up(
    area: FilesystemArea, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = ct_instance()
    store(image, area=area)
    request = asked(image)
    check_due(area=area, budget_bytes=PLENTY)
    assert [due.pk for due in due_reports(limit=5)] == [request.pk]
    assert claim_report(request_id=request.pk)
    assert not claim_report(request_id=request.pk)
    for delay in DELAYS:
        before = clock.now()
        not_told(request_id=request.pk, code="peer-unreachable", text="CT1 does not answer")
        assert state(request) == "reporting"
        assert request.next_attempt_at >= before + delay
        assert due_reports(limit=5) == []
    not_told(request_id=request.pk, code="peer-unreachable", text="CT1 does not answer")
    assert state(request) == "given-up"
    assert list(queries.need_a_person()) == [request]
    retry(request_id=request.pk, origin=CT1)
    assert [due.pk for due in due_reports(limit=5)] == [request.pk]
    assert AuditRow.objects.filter(object_type="commitment").exists()


def test_only_what_was_not_told_is_told_again_by_hand(area: FilesystemArea) -> None:
    request = asked(ct_instance())
    with pytest.raises(NotGivenUp):
        retry(request_id=request.pk, origin=CT1)
    with pytest.raises(NoSuchRequest):
        retry(request_id=0, origin=CT1)


def test_what_was_told_is_forgotten_after_a_while_and_what_failed_is_not(
    area: FilesystemArea,
) -> None:
    image = ct_instance()
    store(image, area=area)
    good, bad = asked(image), asked(ct_instance(), wait=timedelta(0))
    check_due(area=area, budget_bytes=PLENTY)
    told(request_id=good.pk)
    told(request_id=bad.pk)
    assert forget_told(before=clock.now() - QUARTER, limit=10) == 0
    assert forget_told(before=clock.now() + QUARTER, limit=10) == 1
    assert CommitmentRequest.objects.get() == bad
    assert CommitmentReference.objects.get().request == bad


def test_a_large_request_does_not_hold_a_small_one_up(area: FilesystemArea) -> None:
    objects = [ct_instance() for _ in range(6)]
    store(*objects, area=area)
    large, small = asked(*objects[:5]), asked(objects[5])
    for _ in range(3):
        check_due(area=area, budget_bytes=1)
    assert (state(large), state(small)) == ("checking", "checking")
    check_due(area=area, budget_bytes=1)
    assert (state(large), state(small)) == ("checking", "reporting")


def test_over_http_nobody_is_called(area: FilesystemArea) -> None:
    image = ct_instance()
    store(image, area=area)
    asked_for: Wish = read_wish(wish(image))
    request = request_commitment(wish=asked_for, ae_title="", origin=CT1, wait=QUARTER)
    check_due(area=area, budget_bytes=PLENTY)
    assert state(request) == "reported"
    assert due_reports(limit=5) == []
