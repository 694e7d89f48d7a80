"""Peers that refuse, break off, are killed, are away: it goes on where it stopped."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from archive.forwarding import queries, services
from archive.forwarding.models import ItemState
from archive.forwarding.services import How
from archive.models import Instance, Lane, Sending, SendingItem
from archive.storage.filesystem import FilesystemArea
from pacs_hub.kernel import clock
from tests.archive.forwarding.conftest import Peers
from tests.support.builders import CT1
from tests.support.datasets import ct_instance, ct_series
from tests.support.forwarding import drive_all, make_due, settled
from tests.support.peers.archive import other_archive
from tests.support.peers.dcmtk import storescp
from tests.support.stored import store

pytestmark = pytest.mark.django_db


def test_one_without_room_is_asked_again_later(area: FilesystemArea, peers: Peers) -> None:
    images = list(ct_series(3))
    with other_archive(ae_title="WS", statuses=[0, 0xA700, 0xA700]) as other:
        peers(WS=other.port)
        store(*images, area=area)
        settled()
        assert drive_all(area) == 1
        row = Sending.objects.get()
        assert (row.state, row.number_sent, row.attempts) == ("queued", 1, 1)
        assert "has no room for it now (0xA700)" in row.error_text
        assert drive_all(area) == 0  # not yet
        make_due()
        assert drive_all(area) == 2
    assert sorted(other.uids) == sorted(ds.SOPInstanceUID for ds in images)
    row = Sending.objects.get()
    assert (row.state, row.number_sent, row.error_text) == ("sent", 3, "")
    assert Lane.objects.get().failures == 0


@pytest.mark.parametrize("status", [0xA900, 0xC000, 0x0122])
def test_what_is_refused_for_good_waits_for_a_person(
    area: FilesystemArea, peers: Peers, status: int
) -> None:
    with other_archive(ae_title="WS", statuses=[status]) as other:
        peers(WS=other.port)
        store(*ct_series(2), area=area)
        settled()
        assert drive_all(area) == 1
        make_due()
        assert drive_all(area) == 0
        row = queries.need_a_person().get()
        assert (row.state, row.number_sent, row.number_failed) == ("failed", 1, 1)
        (item,) = queries.failed_items(row.pk)
        assert item.status == status
        services.retry(sending_id=row.pk, origin=CT1)
        assert drive_all(area) == 1
    assert Sending.objects.get().state == "sent"


def test_a_break_in_the_middle_goes_on_where_it_stopped(area: FilesystemArea, peers: Peers) -> None:
    images = list(ct_series(5))
    with other_archive(ae_title="WS", statuses=[0, 0, "abort", "abort", "abort"]) as other:
        peers(WS=other.port)
        store(*images, area=area)
        settled()
        assert drive_all(area) == 2
        row = Sending.objects.get()
        assert (row.number_sent, row.error_code) == (2, "peer-aborted")
        make_due()
        assert drive_all(area) == 3
    assert len(other.uids) == 5
    assert set(other.uids) == {ds.SOPInstanceUID for ds in images}
    assert other.uids[-1] == images[2].SOPInstanceUID  # the one it broke off at comes last


def test_a_peer_that_is_killed_and_comes_back_gets_the_rest(
    area: FilesystemArea, peers: Peers, tmp_path: Path
) -> None:
    first, late = ct_series(2)
    with storescp(tmp_path / "ws", ae_title="WS") as ws:
        peers(WS=ws.port)
        store(first, area=area)
        settled()
        assert drive_all(area) == 1
    store(late, area=area)
    settled()
    for _ in range(3):
        make_due()
        assert drive_all(area) == 0
    lane = Lane.objects.get()
    assert (lane.failures, lane.openings) == (3, 1)
    assert lane.open_until is not None
    make_due()
    assert queries.due_lanes(now=clock.now(), most=4) == []  # its circuit is open
    (view,) = queries.lanes(now=clock.now())
    assert "WS does not answer" in view.error_text
    with storescp(tmp_path / "ws2", ae_title="WS") as ws:
        peers(WS=ws.port)
        Lane.objects.update(open_until=clock.now())
        assert drive_all(area) == 1
        (got,) = ws.objects()
    assert got.SOPInstanceUID == late.SOPInstanceUID
    assert Lane.objects.get().failures == 0


def test_one_that_breaks_off_inside_an_object_gets_it_again(
    area: FilesystemArea, peers: Peers, tmp_path: Path
) -> None:
    images = list(ct_series(2, rows=512, columns=512))
    store(*images, area=area)
    settled()
    rows = list(Instance.objects.all())
    with storescp(tmp_path / "bad", "--abort-during", ae_title="WS") as bad:
        peers(WS=bad.port)
        services.send_by_hand(instances=rows, ae_title="WS", how=How(), origin=CT1)
        assert drive_all(area) == 0
    assert Sending.objects.get().error_code == "peer-aborted"
    with storescp(tmp_path / "good", ae_title="WS") as good:
        peers(WS=good.port)
        make_due()
        assert drive_all(area) == 2
        assert {ds.SOPInstanceUID for ds in good.objects()} == {ds.SOPInstanceUID for ds in images}


def test_behind_an_open_circuit_one_waits_a_week(area: FilesystemArea, peers: Peers) -> None:
    peers(WS=9)
    store(ct_instance(), area=area)
    settled()
    for _ in range(3):
        make_due()
        drive_all(area)
    store(ct_instance(), area=area)
    settled()
    Lane.objects.update(open_until=clock.now())
    assert drive_all(area) == 0
    assert not Sending.objects.filter(failing_since=None).exists()  # the new one as well
    Sending.objects.update(failing_since=clock.now() - timedelta(days=8))
    Lane.objects.update(open_until=clock.now())
    assert drive_all(area) == 0
    assert {row.state for row in Sending.objects.all()} == {"given-up"}


def test_who_dies_while_driving_holds_the_lane_no_longer_than_its_lease(
    area: FilesystemArea, peers: Peers
) -> None:
    images = list(ct_series(3))
    with other_archive(ae_title="WS") as other:
        peers(WS=other.port)
        store(*images, area=area)
        settled()
        lane = services.claim_lane("WS")  # and nobody releases it
        assert lane is not None
        first = SendingItem.objects.order_by("pk")[0]
        done = services.Done(item_id=first.pk, state=ItemState.SENT, status=0)
        assert services.record(first.sending_id, [done])
        assert queries.due_lanes(now=clock.now(), most=4) == []
        Lane.objects.update(claimed_until=clock.now())
        assert drive_all(area) == 2
    assert first.instance.sop_instance_uid not in other.uids
    assert Sending.objects.get().state == "sent"


def test_other_peers_do_not_wait_for_one_that_is_away(area: FilesystemArea, peers: Peers) -> None:
    with other_archive(ae_title="WS") as other:
        peers(AWAY=9, WS=other.port)
        store(ct_instance(), area=area)
        settled()
        assert queries.due_lanes(now=clock.now(), most=1)[0] in {"AWAY", "WS"}
        assert drive_all(area) == 1
    assert {row.ae_title: row.state for row in Sending.objects.all()} == {
        "AWAY": "queued",
        "WS": "sent",
    }


def test_an_object_that_is_gone_fails_alone(area: FilesystemArea, peers: Peers) -> None:
    with other_archive(ae_title="WS") as other:
        peers(WS=other.port)
        rows = store(*ct_series(2), area=area)
        settled()
        area.delete(rows[0].storage_key)
        assert drive_all(area) == 1
    assert Sending.objects.get().state == "failed"
