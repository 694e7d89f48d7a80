"""The sweeps behind commitment, availability and rejection: one at a time, each its service."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache

from archive.commitment.rules import read_wish
from archive.commitment.services import request_commitment
from archive.models import AvailabilityNotice, CommitmentRequest, Instance
from archive.storage.filesystem import FilesystemArea
from archive.tasks import (
    check_commitments,
    forget_told,
    reject_left_behind,
    send_commitment_reports,
    send_notices,
)
from pacs_hub.access.services import replace_peers
from pacs_hub.kernel import clock
from pacs_hub.outbox.relay import Relay
from pacs_hub.wiring.subscriptions import SUBSCRIPTIONS, UNHEARD
from tests.support.builders import CT1
from tests.support.datasets import ct_instance
from tests.support.dicom_door import dicom_peer
from tests.support.peers.requester import Reports, listening, wish
from tests.support.peers.ris import Notices, ris
from tests.support.rejection import of_a_study, rejection_note
from tests.support.stored import settle, store

pytestmark = pytest.mark.django_db


def relay() -> None:
    """Hand every event to its reactions, as the worker does."""
    Relay(SUBSCRIPTIONS, UNHEARD, lease_seconds=60).run()


def peer(title: str, port: int, **options: object) -> None:
    """Let the site have one peer."""
    row = dicom_peer(title, host="127.0.0.1", port=port, options=options)
    replace_peers(dicom=[row], hl7=(), fhir=())


def test_a_commitment_is_checked_and_reported(area: FilesystemArea) -> None:
    image, reports = ct_instance(), Reports()
    store(image, area=area)
    request_commitment(
        wish=read_wish(wish(image)), ae_title="CT1", origin=CT1, wait=timedelta(minutes=1)
    )
    with listening(reports) as port:
        peer("CT1", port)
        check_commitments()
        send_commitment_reports()
    assert len(reports.received) == 1
    assert CommitmentRequest.objects.get().state == "reported"


def test_one_worker_checks_at_a_time(area: FilesystemArea) -> None:
    image = ct_instance()
    store(image, area=area)
    request_commitment(
        wish=read_wish(wish(image)), ae_title="CT1", origin=CT1, wait=timedelta(minutes=1)
    )
    cache.add("archive.check_commitments", 1, 60)
    check_commitments()
    assert CommitmentRequest.objects.get().state == "checking"
    cache.delete("archive.check_commitments")
    check_commitments()
    assert CommitmentRequest.objects.get().state == "reporting"


def test_a_study_that_settled_is_told(area: FilesystemArea) -> None:
    notices = Notices()
    with ris(notices) as port:
        peer("RIS", port, notify=True)
        store(ct_instance(), area=area)
        settle()
        relay()
        send_notices()
    assert len(notices.received) == 1
    assert AvailabilityNotice.objects.get().state == "sent"


def test_what_was_left_behind_is_rejected(area: FilesystemArea) -> None:
    (image,) = of_a_study(1)
    store(rejection_note(image), area=area)
    relay()
    store(image, area=area)
    reject_left_behind()
    assert Instance.objects.get(sop_instance_uid=image.SOPInstanceUID).rejected_as == "113001"


def test_what_was_told_long_ago_is_forgotten(area: FilesystemArea) -> None:
    image = ct_instance()
    store(image, area=area)
    for uid, days in (("1.1", 40), ("1.2", 20)):
        request_commitment(
            wish=read_wish(wish(image, transaction_uid=uid)),
            ae_title="",
            origin=CT1,
            wait=timedelta(0),
        )
        check_commitments()
        told = CommitmentRequest.objects.filter(transaction_uid=uid)
        told.update(reported_at=clock.now() - timedelta(days=days))
    forget_told()
    assert CommitmentRequest.objects.get().transaction_uid == "1.2"
