"""The tasks of sending on: a lane for each peer, and priors in the background."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from archive.forwarding.services import replace_rules
from archive.models import PrefetchRequest, Sending
from archive.prefetch.services import replace_policy
from archive.storage.filesystem import FilesystemArea
from archive.tasks import fetch_priors, send_on
from pacs_hub.access.services import replace_peers
from pacs_hub.celery import app
from tests.archive.prefetch.test_services import want
from tests.support.datasets import ct_instance
from tests.support.dicom_door import dicom_peer
from tests.support.forwarding import forward_rule, settled
from tests.support.peers.archive import other_archive
from tests.support.stored import store

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def eager() -> Iterator[None]:
    """Tasks run where they are sent."""
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


def test_each_lane_is_a_task_of_its_own(area: FilesystemArea) -> None:
    from_rules = [forward_rule(name=title, to=title) for title in ("WS", "PACS2")]
    with other_archive(ae_title="WS") as one, other_archive(ae_title="PACS2") as two:
        peers = [dicom_peer(o.ae_title, host="127.0.0.1", port=o.port) for o in (one, two)]
        replace_peers(dicom=peers, hl7=(), fhir=())
        replace_rules(from_rules)
        store(ct_instance(), area=area)
        settled()
        send_on()
        assert len(one.uids) == len(two.uids) == 1
        send_on()
        assert (one.associations, two.associations) == (1, 1)
    assert {row.state for row in Sending.objects.all()} == {"sent"}


def test_priors_are_worked_at(area: FilesystemArea) -> None:
    replace_policy({"to": [], "count": 3, "years": 10, "modalities": {}, "sources": []})
    store(ct_instance(), area=area)
    want()
    fetch_priors()
    assert PrefetchRequest.objects.get().state == "done"
