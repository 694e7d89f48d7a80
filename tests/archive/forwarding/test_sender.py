"""Sendings and real peers: what they take, in which form, when, and in which order."""

from __future__ import annotations

from pathlib import Path

import pydicom
import pytest
from pydicom.uid import JPEGLSLossless
from pynetdicom.sop_class import CTImageStorage

from archive.forwarding import services
from archive.forwarding.services import How
from archive.models import Instance, Sending, SendingItem
from archive.storage.filesystem import FilesystemArea
from pacs_hub.kernel import clock
from tests.archive.forwarding.conftest import Peers
from tests.support.builders import CT1
from tests.support.datasets import ct_instance, ct_series, mr_instance, pdf_instance, us_instance
from tests.support.forwarding import drive_all, forward_rule, make_due, settled
from tests.support.peers.archive import other_archive
from tests.support.peers.dcmtk import storescp
from tests.support.peers.orthanc import orthanc
from tests.support.stored import store

pytestmark = pytest.mark.django_db


def test_storescp_gets_every_object_of_a_study(
    area: FilesystemArea, peers: Peers, tmp_path: Path
) -> None:
    images = list(ct_series(4))
    document = pdf_instance(StudyInstanceUID=images[0].StudyInstanceUID)
    with storescp(tmp_path / "ws", "+xa", ae_title="WS") as ws:
        peers(WS=ws.port)
        store(*images, document, area=area)
        settled()
        assert drive_all(area) == 5
        got = {ds.SOPInstanceUID for ds in ws.objects()}
    assert got == {ds.SOPInstanceUID for ds in [*images, document]}
    row = Sending.objects.get()
    assert (row.state, row.number_sent, row.number_failed) == ("sent", 5, 0)
    assert drive_all(area) == 0


def test_one_that_takes_implicit_only_gets_that(
    area: FilesystemArea, peers: Peers, tmp_path: Path
) -> None:
    image = ct_instance()
    with storescp(tmp_path / "ws", "+xi", ae_title="WS") as ws:
        peers(WS=ws.port)
        services.replace_rules([forward_rule(transfer_syntax="jpeg-ls")])  # a wish only
        store(image, area=area)
        settled()
        assert drive_all(area) == 1
        (path,) = ws.folder.iterdir()
        got = pydicom.dcmread(path)
    assert got.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2"
    assert got.PixelData == image.PixelData


def test_a_syntax_that_is_asked_for_is_made_where_the_peer_takes_it(
    area: FilesystemArea, peers: Peers
) -> None:
    takes = {CTImageStorage: ("1.2.840.10008.1.2.1", JPEGLSLossless)}
    with other_archive(takes, ae_title="WS") as other:
        peers(WS=other.port)
        services.replace_rules([forward_rule(transfer_syntax="jpeg-ls")])
        store(ct_instance(), area=area)
        settled()
        assert drive_all(area) == 1
    assert other.received[0].transfer_syntax == JPEGLSLossless


def test_a_warning_is_kept(area: FilesystemArea, peers: Peers) -> None:
    with other_archive(ae_title="WS", statuses=[0xB000]) as other:
        peers(WS=other.port)
        store(ct_instance(), area=area)
        settled()
        assert drive_all(area) == 1
    row = Sending.objects.get()
    assert (row.state, row.number_sent, row.number_of_warnings) == ("sent", 1, 1)


def test_a_class_the_peer_does_not_take_fails_alone(area: FilesystemArea, peers: Peers) -> None:
    image = ct_instance()
    with other_archive(ae_title="WS") as other:
        peers(WS=other.port)
        same = {"StudyInstanceUID": image.StudyInstanceUID}
        store(image, mr_instance(**same), mr_instance(**same), area=area)
        settled()
        assert drive_all(area) == 1
        assert other.associations == 1
    row = Sending.objects.get()
    assert (row.state, row.number_sent, row.number_failed) == ("failed", 1, 2)


def test_what_is_rejected_after_it_was_queued_does_not_go(
    area: FilesystemArea, peers: Peers
) -> None:
    with other_archive(ae_title="WS") as other:
        peers(WS=other.port)
        rows = store(*ct_series(2), area=area)
        settled()
        Instance.objects.filter(pk=rows[0].pk).update(rejected_as="113001")
        assert drive_all(area) == 1
        row = Sending.objects.get()
        assert (row.state, row.number_of_items, row.number_sent) == ("sent", 1, 1)
        Instance.objects.update(rejected_as="")
        assert services.queue_by_rules(study_id=row.study_id, origin=CT1) == 1
        assert drive_all(area) == 1
    assert len(other.uids) == 2


def test_what_is_sent_anonymised_names_nobody(
    area: FilesystemArea, peers: Peers, tmp_path: Path
) -> None:
    images = list(ct_series(2))
    picture = us_instance(StudyInstanceUID=images[0].StudyInstanceUID)
    with storescp(tmp_path / "ws", "+xa", ae_title="WS") as ws:
        peers(WS=ws.port)
        services.replace_rules([forward_rule(anonymise="basic", retain=["modified-dates"])])
        store(*images, picture, area=area)
        settled()
        assert drive_all(area) == 2
        got = ws.objects()
    assert len({ds.StudyInstanceUID for ds in got}) == len({ds.PatientID for ds in got}) == 1
    assert not {ds.SOPInstanceUID for ds in got} & {ds.SOPInstanceUID for ds in images}
    assert all(ds.PatientIdentityRemoved == "YES" and ds.StudyDate < "2026" for ds in got)
    assert sorted(ds.PixelData for ds in got) == sorted(ds.PixelData for ds in images)
    row = Sending.objects.get()
    assert (row.state, row.number_failed) == ("failed", 1)
    assert "often show whom they are of" in row.error_text


def test_by_night_only(area: FilesystemArea, peers: Peers) -> None:
    hour = clock.now().hour
    window = f"{(hour + 2) % 24:02}:00-{(hour + 3) % 24:02}:00"
    with other_archive(ae_title="WS") as other:
        peers(WS=other.port)
        services.replace_rules([forward_rule(when="night", window=window)])
        store(ct_instance(), area=area)
        settled()
        assert drive_all(area) == 0
        row = Sending.objects.get()
        assert row.next_attempt_at.hour == (hour + 2) % 24
        assert row.attempts == 0
        Sending.objects.update(window="")
        make_due()
        assert drive_all(area) == 1


def test_two_drivers_never_share_a_lane(area: FilesystemArea, peers: Peers) -> None:
    with other_archive(ae_title="WS") as other:
        peers(WS=other.port)
        store(ct_instance(), area=area)
        settled()
        lane = services.claim_lane("WS")
        assert lane is not None
        assert drive_all(area) == 0
        services.release_lane(lane)
        assert drive_all(area) == 1


def test_a_person_is_served_first(area: FilesystemArea, peers: Peers) -> None:
    with other_archive(ae_title="WS") as other:
        peers(WS=other.port)
        store(*ct_series(2), area=area)
        settled()
        rows = store(ct_instance(), area=area)
        services.send_by_hand(instances=rows, ae_title="WS", how=How(), origin=CT1)
        assert drive_all(area) == 3
    assert other.uids[0] == rows[0].sop_instance_uid
    assert not SendingItem.objects.filter(state="waiting").exists()


def test_orthanc_takes_what_is_sent_on(area: FilesystemArea, peers: Peers, tmp_path: Path) -> None:
    images = list(ct_series(3))
    with orthanc(tmp_path / "orthanc", hub_port=9) as other:
        peers(ORTHANC=other.port)
        store(*images, area=area)
        settled()
        assert drive_all(area) == 3
        assert other.sop_instance_uids() == sorted(ds.SOPInstanceUID for ds in images)
    assert Sending.objects.get().state == "sent"
