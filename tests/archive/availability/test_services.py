"""A settled study is told to those who want to know, again when more came, and never lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydicom import Dataset

from archive.availability import queries
from archive.availability.sender import send_due
from archive.availability.services import NoSuchNotice, NotOpen, forget_sent, retry
from archive.models import AvailabilityNotice, Instance
from archive.requestor.retries import DELAYS
from archive.storage.filesystem import FilesystemArea
from pacs_hub.access.services import replace_peers
from pacs_hub.kernel import clock
from pacs_hub.outbox.relay import Relay
from pacs_hub.wiring.subscriptions import SUBSCRIPTIONS, UNHEARD
from tests.support.builders import CT1
from tests.support.datasets import ct_instance
from tests.support.dicom_door import dicom_peer
from tests.support.peers.ris import Notices, ris
from tests.support.stored import settle, store

pytestmark = pytest.mark.django_db


def told_at(port: int, *titles: str) -> None:
    """Let these peers want notifications."""
    rows = [
        dicom_peer(title, host="127.0.0.1", port=port, options={"notify": True})
        for title in titles or ("RIS",)
    ]
    replace_peers(dicom=[*rows, dicom_peer("CT1")], hl7=(), fhir=())


def settled() -> None:
    """Let every study settle, and the reactions to that run."""
    settle()
    Relay(SUBSCRIPTIONS, UNHEARD, lease_seconds=60).run()


def of_step(uid: str, **over: str) -> Dataset:
    """Return a CT image of a performed step."""
    image = ct_instance(**over)
    step = Dataset()
    step.ReferencedSOPClassUID = "1.2.840.10008.3.1.2.3.3"
    step.ReferencedSOPInstanceUID = uid
    image.ReferencedPerformedProcedureStepSequence = [step]
    return image


def test_each_step_of_a_settled_study_is_told_once(area: FilesystemArea) -> None:
    first = of_step("1.7.1")
    second = of_step("1.7.2", StudyInstanceUID=first.StudyInstanceUID)
    notices = Notices()
    with ris(notices) as port:
        told_at(port)
        store(first, second, area=area)
        settled()
        assert send_due(ours="PACSHUB") == 2
        assert send_due(ours="PACSHUB") == 0
    by_step = {
        item.ReferencedPerformedProcedureStepSequence[0].ReferencedSOPInstanceUID: item
        for item in notices.received
    }
    assert set(by_step) == {"1.7.1", "1.7.2"}
    (series,) = by_step["1.7.2"].ReferencedSeriesSequence
    assert series.SeriesInstanceUID == second.SeriesInstanceUID
    (item,) = series.ReferencedSOPSequence
    assert item.ReferencedSOPInstanceUID == second.SOPInstanceUID
    assert item.InstanceAvailability == "ONLINE"


def test_late_images_are_told_again_and_what_is_rejected_or_cold_is_said_as_it_is(
    area: FilesystemArea,
) -> None:
    first = ct_instance()
    same = {"StudyInstanceUID": first.StudyInstanceUID}
    notices = Notices()
    with ris(notices) as port:
        told_at(port)
        (row,) = store(first, area=area)
        settled()
        assert send_due(ours="PACSHUB") == 1
        Instance.objects.filter(pk=row.pk).update(storage_key=f"cold/{row.storage_key}")
        late, bad = ct_instance(**same), ct_instance(**same)
        rows = store(late, bad, area=area)
        Instance.objects.filter(pk=rows[1].pk).update(rejected_as="113001")
        settled()
        assert send_due(ours="PACSHUB") == 1
    said = {
        item.ReferencedSOPInstanceUID: item.InstanceAvailability
        for series in notices.received[-1].ReferencedSeriesSequence
        for item in series.ReferencedSOPSequence
    }
    assert said == {first.SOPInstanceUID: "NEARLINE", late.SOPInstanceUID: "ONLINE"}


def test_nobody_is_told_who_did_not_ask(area: FilesystemArea) -> None:
    replace_peers(dicom=[dicom_peer("RIS", host="127.0.0.1", port=9)], hl7=(), fhir=())
    store(ct_instance(), area=area)
    settled()
    assert not AvailabilityNotice.objects.exists()


def test_who_is_away_is_called_once_a_round_and_ever_later(area: FilesystemArea) -> None:
    told_at(9)
    store(ct_instance(), ct_instance(), area=area)
    settled()
    for attempts in range(1, len(DELAYS) + 2):
        AvailabilityNotice.objects.update(next_attempt_at=clock.now())
        assert send_due(ours="PACSHUB") == 0
        rows = list(AvailabilityNotice.objects.all())
        assert [row.attempts for row in rows] == [attempts, attempts]
    assert {(row.state, row.error_code) for row in rows} == {("given-up", "peer-unreachable")}
    assert queries.need_a_person().count() == 2
    assert retry(notice_id=rows[0].pk, origin=CT1).state == "queued"


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (0x0000, "sent"),
        (0x0111, "sent"),
        (0x0107, "sent"),
        (0x0110, "queued"),
        (0x0213, "queued"),
        (0x0122, "refused"),
    ],
)
def test_the_answer_decides_whether_it_is_sent_again(
    area: FilesystemArea, status: int, state: str
) -> None:
    notices = Notices(status=status)
    with ris(notices) as port:
        told_at(port)
        store(ct_instance(), area=area)
        settled()
        send_due(ours="PACSHUB")
    row = AvailabilityNotice.objects.get()
    assert row.state == state
    assert len(notices.received) == 1
    if state == "queued":
        assert row.next_attempt_at - clock.now() > timedelta(seconds=50)
        assert f"0x{status:04X}" in row.error_text


def test_what_was_sent_is_forgotten_after_a_while(area: FilesystemArea) -> None:
    with ris(Notices()) as port:
        told_at(port)
        store(ct_instance(), area=area)
        settled()
        send_due(ours="PACSHUB")
    hour = timedelta(hours=1)
    assert forget_sent(before=clock.now() - hour, limit=10) == 0
    assert forget_sent(before=clock.now() + hour, limit=10) == 1
    assert not AvailabilityNotice.objects.exists()


def test_what_was_sent_is_not_sent_by_hand(area: FilesystemArea) -> None:
    with ris(Notices()) as port:
        told_at(port)
        store(ct_instance(), area=area)
        settled()
        send_due(ours="PACSHUB")
    with pytest.raises(NotOpen):
        retry(notice_id=AvailabilityNotice.objects.get().pk, origin=CT1)
    with pytest.raises(NoSuchNotice):
        retry(notice_id=0, origin=CT1)
