"""What is queued for whom: once, never back to the sender, late images as the rest only."""

from __future__ import annotations

from datetime import timedelta

import pytest

from archive.forwarding import queries, services
from archive.forwarding.queries import NoSuchSending
from archive.forwarding.services import DestinationUnknown, How, NoSuchWay, NotInThatState
from archive.models import Instance, Sending, SendingItem, Study
from archive.storage.filesystem import FilesystemArea
from pacs_hub.access.permissions import Principal
from pacs_hub.audit.models import AuditRow
from pacs_hub.kernel import clock
from tests.archive.forwarding.conftest import Peers
from tests.support.builders import ADMIN, CT1
from tests.support.datasets import ct_instance, ct_series, mr_instance, pdf_instance
from tests.support.forwarding import forward_rule, relay, settled
from tests.support.stored import store

pytestmark = pytest.mark.django_db


def test_a_settled_study_is_queued_once_for_each_rule(area: FilesystemArea, peers: Peers) -> None:
    peers(WS=9, PACS2=9)
    store(*ct_series(3), area=area)
    relay()
    assert not Sending.objects.exists()
    settled()
    settled()
    rows = Sending.objects.order_by("ae_title")
    assert [(row.ae_title, row.number_of_items, row.state) for row in rows] == [
        ("PACS2", 3, "queued"),
        ("WS", 3, "queued"),
    ]
    assert SendingItem.objects.count() == 6


def test_a_rule_for_each_instance_queues_while_the_study_grows(
    area: FilesystemArea, peers: Peers
) -> None:
    peers(WS=9)
    services.replace_rules([forward_rule(when="instance")])
    first, second = ct_series(2)
    store(first, area=area)
    relay()
    row = Sending.objects.get()
    assert row.number_of_items == 1
    assert row.next_attempt_at > clock.now() + timedelta(seconds=1)
    store(second, area=area)
    settled()
    assert Sending.objects.get().number_of_items == 2


def test_nothing_goes_back_to_where_it_came_from(area: FilesystemArea, peers: Peers) -> None:
    peers(CT1=9, WS=9)
    store(ct_instance(), area=area)
    settled()
    assert [row.ae_title for row in Sending.objects.all()] == ["WS"]


def test_what_comes_late_joins_the_sending(area: FilesystemArea, peers: Peers) -> None:
    peers(WS=9)
    first, late = ct_series(2)
    store(first, area=area)
    settled()
    row = Sending.objects.get()
    SendingItem.objects.update(state="sent")
    Sending.objects.update(number_sent=1)
    services.finish(row.pk)
    assert Sending.objects.get().state == "sent"
    store(late, area=area)
    settled()
    row = Sending.objects.get()
    assert (row.state, row.number_of_items, row.number_sent) == ("queued", 2, 1)
    assert row.items.get(state="waiting").instance.sop_instance_uid == late.SOPInstanceUID


def test_only_the_classes_a_rule_names_are_queued(area: FilesystemArea, peers: Peers) -> None:
    peers(WS=9)
    services.replace_rules([forward_rule(sop_classes=["1.2.840.10008.5.1.4.1.1.104.1"])])
    image = ct_instance()
    store(image, pdf_instance(StudyInstanceUID=image.StudyInstanceUID), area=area)
    store(mr_instance(), area=area)
    settled()
    assert Sending.objects.get().number_of_items == 1


def test_a_rule_for_linked_studies_waits_for_the_link(area: FilesystemArea, peers: Peers) -> None:
    peers(WS=9)
    services.replace_rules([forward_rule(linked=True)])
    (row,) = store(ct_instance(), area=area)
    settled()
    assert not Sending.objects.exists()
    Study.objects.update(identity_verified=True)
    assert services.queue_by_rules(study_id=row.study_id, origin=CT1) == 1


def test_what_was_rejected_is_not_queued(area: FilesystemArea, peers: Peers) -> None:
    peers(WS=9)
    first, second = ct_series(2)
    rows = store(first, second, area=area)
    Instance.objects.filter(pk=rows[0].pk).update(rejected_as="113001")
    settled()
    assert Sending.objects.get().number_of_items == 1


def test_a_person_sends_a_part_and_somebody_knows(area: FilesystemArea, peers: Peers) -> None:
    peers(WS=9)
    rows = store(*ct_series(3), area=area)
    (sending,) = services.send_by_hand(
        instances=rows[:2], ae_title="WS", how=How(transfer_syntax="rle"), origin=CT1
    )
    assert (sending.number_of_items, sending.priority, sending.transfer_syntax) == (2, 0, "rle")
    told = AuditRow.objects.filter(object_type="sending").get()
    assert (told.action, told.actor, told.detail) == ("create", "CT1", "2 objects to WS")


@pytest.mark.parametrize(
    "how", [How(transfer_syntax="jpg"), How(anonymise="full"), How(retain=("name",))]
)
def test_a_way_nobody_knows_is_refused(area: FilesystemArea, peers: Peers, how: How) -> None:
    peers(WS=9)
    rows = store(ct_instance(), area=area)
    with pytest.raises(NoSuchWay):
        services.send_by_hand(instances=rows, ae_title="WS", how=how, origin=CT1)


def test_one_sends_to_known_peers_only(area: FilesystemArea, peers: Peers) -> None:
    peers(WS=9)
    rows = store(ct_instance(), area=area)
    for title in ("CT1", "NOBODY"):  # the first has no port
        with pytest.raises(DestinationUnknown):
            services.send_by_hand(instances=rows, ae_title=title, how=How(), origin=CT1)


def test_pause_resume_cancel_and_retry(area: FilesystemArea, peers: Peers) -> None:
    peers(WS=9)
    store(ct_instance(), area=area)
    settled()
    row = Sending.objects.get()
    assert services.pause(sending_id=row.pk, origin=CT1).state == "paused"
    assert queries.next_sending("WS", now=clock.now()) is None
    assert services.resume(sending_id=row.pk, origin=CT1).state == "queued"
    with pytest.raises(NotInThatState):
        services.resume(sending_id=row.pk, origin=CT1)
    assert services.cancel(sending_id=row.pk, origin=CT1).state == "cancelled"
    store(ct_instance(StudyInstanceUID=row.study.study_instance_uid), area=area)
    settled()
    assert Sending.objects.get().number_of_items == 1  # a cancelled one takes nothing more
    assert services.retry(sending_id=row.pk, origin=CT1).state == "queued"
    SendingItem.objects.update(state="sent")
    with pytest.raises(NotInThatState):
        services.retry(sending_id=row.pk, origin=CT1)
    with pytest.raises(NoSuchSending):
        services.cancel(sending_id=0, origin=CT1)
    assert AuditRow.objects.filter(object_type="sending").count() == 4


def test_a_week_of_failures_is_enough(area: FilesystemArea, peers: Peers) -> None:
    peers(WS=9)
    store(ct_instance(), area=area)
    settled()
    row = Sending.objects.get()
    services.postpone(row.pk, code="peer-unreachable", text="away")
    assert Sending.objects.get().state == "queued"
    Sending.objects.update(failing_since=clock.now() - timedelta(days=8))
    services.postpone(row.pk, code="peer-unreachable", text="away")
    assert Sending.objects.get().state == "given-up"
    assert queries.need_a_person().count() == 1


def test_pages_see_the_queue_by_peer_and_referrers_only_their_own(
    area: FilesystemArea, peers: Peers
) -> None:
    peers(WS=9)
    store(*ct_series(2), area=area)
    settled()
    (lane,) = queries.lanes(now=clock.now())
    assert (lane.ae_title, lane.sendings, lane.objects, lane.error_text) == ("WS", 1, 2, "")
    assert lane.oldest is not None
    assert queries.sendings(principal=ADMIN, ae_title="WS", state="queued").count() == 1
    referrer = Principal(name="r", role="referrer", provider_id="D1")
    assert not queries.sendings(principal=referrer).exists()


def test_objects_sent_long_ago_are_forgotten_and_not_sent_again(
    area: FilesystemArea, peers: Peers
) -> None:
    peers(WS=9)
    first, late = ct_series(2)
    store(first, area=area)
    settled()
    row = Sending.objects.get()
    SendingItem.objects.update(state="sent")
    services.finish(row.pk)
    assert services.forget_items(before=clock.now() - timedelta(days=1), limit=9) == 0
    assert services.forget_items(before=clock.now() + timedelta(days=1), limit=9) == 1
    assert services.forget_items(before=clock.now() + timedelta(days=1), limit=9) == 0
    store(late, area=area)
    settled()
    assert Sending.objects.get().state == "queued"
    assert SendingItem.objects.get().instance.sop_instance_uid == late.SOPInstanceUID
