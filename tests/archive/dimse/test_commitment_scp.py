"""Storage commitment through the door: asked for, checked, and told on either association."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom import Dataset
from pytest_django import Settings

from archive.commitment.sender import send_due
from archive.commitment.services import check_due
from archive.models import CommitmentRequest
from archive.storage.filesystem import FilesystemArea
from pacs_hub.access.services import replace_peers
from tests.support.datasets import ct_instance, new_uid
from tests.support.dicom_door import dicom_peer, open_door
from tests.support.peers.requester import Reports, failures, listening, request, wish
from tests.support.stored import store
from tests.support.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = {"commit_same_association": True, "commit_wait_minutes": 0}


@pytest.fixture
def area(tmp_path: Path) -> FilesystemArea:
    """The area the door stores into."""
    return FilesystemArea(tmp_path / "objects")


@pytest.fixture
def door(tmp_path: Path, settings: Settings) -> Iterator[int]:
    """The hub's DICOM port; CT1 has no address yet and never waits for what is missing."""
    peer = dicom_peer(options={"commit_wait_minutes": 0})
    with open_door(settings, tmp_path, peer) as port:
        yield port


def check_and_send(area: FilesystemArea) -> int:
    """Do what the two sweeps do."""
    check_due(area=area, budget_bytes=10**9)
    return send_due(ours="PACSHUB")


def callable_at(port: int, **options: object) -> None:
    """Let the site file say where CT1 takes its reports."""
    options = {"commit_wait_minutes": 0, **options}
    replace_peers(dicom=[dicom_peer(host="127.0.0.1", port=port, options=options)], hl7=(), fhir=())


@pytest.mark.parametrize("roles", [True, False], ids=["roles", "no-roles"])
def test_all_is_there_and_told_on_a_new_association(
    door: int, area: FilesystemArea, roles: bool
) -> None:
    objects = [ct_instance(), ct_instance()]
    store(*objects, area=area)
    reports, action = Reports(), wish(*objects)
    with listening(reports, roles=roles) as port:
        callable_at(port)
        assert request(door, action) == 0x0000
        assert check_and_send(area) == 1
    ((event_type, report),) = reports.received
    assert (event_type, report.TransactionUID) == (1, action.TransactionUID)
    assert report.RetrieveAETitle == "PACSHUB"
    assert [item.ReferencedSOPInstanceUID for item in report.ReferencedSOPSequence] == [
        ds.SOPInstanceUID for ds in objects
    ]
    assert "FailedSOPSequence" not in report
    assert CommitmentRequest.objects.get().state == "reported"


def test_what_is_broken_missing_or_of_another_class_fails_with_its_reason(
    door: int, area: FilesystemArea
) -> None:
    good, corrupt, gone, other, absent = (ct_instance() for _ in range(5))
    rows = store(good, corrupt, gone, other, area=area)
    path = area.path(rows[1].storage_key)
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)
    area.delete(rows[2].storage_key)
    other.SOPClassUID = "1.2.840.10008.5.1.4.1.1.4"
    reports = Reports()
    with listening(reports) as port:
        callable_at(port)
        assert request(door, wish(good, corrupt, gone, other, absent)) == 0x0000
        assert check_and_send(area) == 1
    ((event_type, report),) = reports.received
    assert event_type == 2
    assert failures(report) == {
        corrupt.SOPInstanceUID: 0x0110,
        gone.SOPInstanceUID: 0x0110,
        other.SOPInstanceUID: 0x0119,
        absent.SOPInstanceUID: 0x0112,
    }
    assert [i.ReferencedSOPInstanceUID for i in report.ReferencedSOPSequence] == [
        good.SOPInstanceUID
    ]


def test_told_on_the_same_association_where_the_peer_wants_that(
    door: int, area: FilesystemArea
) -> None:
    image = ct_instance()
    store(image, area=area)
    replace_peers(dicom=[dicom_peer(options=AT_ONCE)], hl7=(), fhir=())
    reports = Reports()
    assert request(door, wish(image), reports=reports, linger=5) == 0x0000
    assert [event_type for event_type, _ in reports.received] == [1]
    wait_until(
        lambda: CommitmentRequest.objects.get().state == "reported", seconds=5, what="its report"
    )


def test_who_leaves_at_once_is_told_on_a_new_association(door: int, area: FilesystemArea) -> None:
    image = ct_instance()
    store(image, area=area)
    reports = Reports()
    with listening(reports) as port:
        callable_at(port, **AT_ONCE)
        for turn in (1, 2, 3):  # a race: either way it is told exactly once
            reports.received.clear()
            assert request(door, wish(image), reports=reports) == 0x0000
            is_told_in_all(turn, area)
            assert len(reports.received) == 1


def is_told_in_all(count: int, area: FilesystemArea) -> None:
    """Let the sweeps go on until so many requests are reported."""
    rows = CommitmentRequest.objects.filter(state="reported")
    wait_until(lambda: rows.count() == count or check_and_send(area), seconds=5, what="the report")


def test_who_cannot_be_reached_is_called_again(door: int, area: FilesystemArea) -> None:
    image = ct_instance()
    store(image, area=area)
    assert request(door, wish(image)) == 0x0000
    assert check_and_send(area) == 0
    waiting = CommitmentRequest.objects.get()
    assert (waiting.state, waiting.attempts, waiting.error_code) == ("reporting", 1, "no-address")
    callable_at(9)  # nobody listens there
    CommitmentRequest.objects.update(next_attempt_at=waiting.requested_at)
    assert check_and_send(area) == 0
    waiting.refresh_from_db()
    assert (waiting.attempts, waiting.error_code) == (2, "peer-unreachable")
    assert "does not answer at 127.0.0.1:9" in waiting.error_text


def test_a_report_that_is_refused_is_sent_again(door: int, area: FilesystemArea) -> None:
    image = ct_instance()
    store(image, area=area)
    reports = Reports(status=0x0110)
    with listening(reports) as port:
        callable_at(9, commit_port=port)
        request(door, wish(image))
        assert check_and_send(area) == 0
        row = CommitmentRequest.objects.get()
        assert (row.state, row.error_code) == ("reporting", "report-not-taken")
        assert "0x0110" in row.error_text
        reports.status = 0x0107
        CommitmentRequest.objects.update(next_attempt_at=row.requested_at)
        assert check_and_send(area) == 1


def test_the_same_transaction_is_told_again_and_another_under_its_uid_is_refused(
    door: int, area: FilesystemArea
) -> None:
    first, second = ct_instance(), ct_instance()
    store(first, second, area=area)
    uid, reports = new_uid(), Reports()
    with listening(reports) as port:
        callable_at(port)
        for _ in range(2):
            assert request(door, wish(first, second, transaction_uid=uid)) == 0x0000
            assert check_and_send(area) == 1
        assert request(door, wish(first, transaction_uid=uid)) == 0x0131
        assert check_and_send(area) == 0
    assert len(reports.received) == 2
    assert CommitmentRequest.objects.count() == 1


def _without(keyword: str) -> Dataset:
    action = wish(ct_instance())
    del action[keyword]
    return action


@pytest.mark.parametrize("keyword", ["TransactionUID", "ReferencedSOPSequence"])
def test_a_request_that_says_too_little_is_refused(door: int, keyword: str) -> None:
    assert request(door, _without(keyword)) == 0x0115
    assert not CommitmentRequest.objects.exists()


def test_there_is_one_action_and_one_instance(door: int) -> None:
    assert request(door, wish(ct_instance()), action_type=2) == 0x0123
    assert request(door, wish(ct_instance()), instance="1.2.3") == 0x0112
