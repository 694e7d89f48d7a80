"""/api/prefetches/ through the door."""

from __future__ import annotations

import pytest

from archive.models import PrefetchedStudy, PrefetchRequest
from archive.prefetch.services import replace_policy
from archive.storage.filesystem import FilesystemArea
from pacs_hub.access.services import replace_peers
from pacs_hub.kernel import clock
from tests.archive.prefetch.test_services import want, work
from tests.support.callers import caller
from tests.support.datasets import ct_instance
from tests.support.dicom_door import dicom_peer
from tests.support.stored import store

pytestmark = pytest.mark.django_db
PLACE = "/api/prefetches/"


def test_what_came_of_a_request_is_seen(area: FilesystemArea) -> None:
    replace_peers(dicom=[dicom_peer("OLDPACS", host="127.0.0.1", port=9)], hl7=(), fhir=())
    replace_policy({"to": [], "count": 3, "years": 10, "modalities": {}, "sources": ["OLDPACS"]})
    store(ct_instance(), area=area)
    want()
    request = work()
    PrefetchedStudy.objects.create(
        request=request, ae_title="OLDPACS", study_instance_uid="1.2", at=clock.now()
    )
    client = caller("technologist")
    (told,) = client.get(PLACE, {"state": "waiting"}).json()["results"]
    assert (told["reason"], told["number_found"]) == ("exam:1", 1)
    assert "OLDPACS does not answer" in told["error"]
    (fetched,) = told["fetched"]
    assert (fetched["held_by"], fetched["study_instance_uid"]) == ("OLDPACS", "1.2")
    assert client.get(PLACE, {"state": "done"}).json()["count"] == 0
    assert client.get(PLACE, {"state": "lost"}).status_code == 400
    assert caller("billing").get(PLACE).status_code == 403
    assert PrefetchRequest.objects.count() == 1
