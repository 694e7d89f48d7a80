"""What was kept aside is filed after all, or discarded with a reason; either by a named person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydicom import Dataset

from archive.models import Instance, KeptAside, Study
from archive.storage.area import NoSuchObject, StorageAway
from archive.storage.filesystem import FilesystemArea
from archive.store.queries import (
    NotKeptAside,
    forget_policies,
    kept_aside,
    kept_aside_object,
    look_at_kept_aside,
)
from archive.store.services import (
    AlreadySettled,
    DifferentObject,
    ReasonMissing,
    ReceivedObject,
    discard_kept_aside,
    release_kept_aside,
    remove_settled,
    store_instance,
)
from pacs_hub.access.services import set_site
from pacs_hub.audit.models import AuditRow
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import HubError, Malformed
from pacs_hub.kernel.origin import Origin
from tests.support.builders import CT1
from tests.support.datasets import ct_instance, new_uid, part10

pytestmark = pytest.mark.django_db
KIM = Origin.over_http(user="kim")
EXPLICIT = "1.2.840.10008.1.2.1"


def strict() -> None:
    set_site(
        name="General Hospital",
        facility="GH",
        time_zone="UTC",
        default_issuer="GH",
        archive={"missing_patient_id": "refuse", "unknown_sop_class": "refuse"},
    )
    forget_policies()


def receive(area: FilesystemArea, content: bytes) -> None:
    spool = area.spool()
    spool.file.write(content)
    received = ReceivedObject(spool=spool, transfer_syntax_uid=EXPLICIT)
    store_instance(received=received, area=area, origin=CT1, default_issuer="GH")


def put_aside(area: FilesystemArea, ds: Dataset | bytes) -> KeptAside:
    before = set(KeptAside.objects.values_list("pk", flat=True))
    with pytest.raises(HubError):
        receive(area, ds if isinstance(ds, bytes) else part10(ds))
    return KeptAside.objects.exclude(pk__in=before).get()


def release(area: FilesystemArea, row: KeptAside) -> None:
    release_kept_aside(kept_aside_id=row.pk, area=area, origin=KIM, default_issuer="GH")


def conflicting() -> tuple[Dataset, Dataset]:
    first = ct_instance()
    second = ct_instance(StudyInstanceUID=first.StudyInstanceUID, PatientID="P2")
    return first, second


@pytest.mark.parametrize(
    "changes",
    [{"PatientID": ""}, {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.999.1"}, {"SOPClassUID": "1.2.3"}],
)
def test_what_only_a_policy_forbade_is_filed_by_a_person(
    area: FilesystemArea, changes: dict[str, Any]
) -> None:
    strict()
    content = part10(ct_instance(**changes))
    row = put_aside(area, content)
    release(area, row)
    stored = Instance.objects.get()
    assert area.open(stored.storage_key).read() == content
    assert (stored.calling_ae, stored.transfer_syntax_uid) == ("CT1", EXPLICIT)
    with pytest.raises(NoSuchObject):
        area.open(row.storage_key)
    assert not kept_aside().exists()
    settled = kept_aside_object(row.pk)
    assert (settled.settled_as, settled.settled_by) == ("released", "kim")
    assert AuditRow.objects.get(object_type="kept-aside").actor == "kim"


def test_an_object_of_another_patient_joins_the_study_when_a_person_says_so(
    area: FilesystemArea,
) -> None:
    first, second = conflicting()
    receive(area, part10(first))
    release(area, put_aside(area, second))
    assert Study.objects.get().instances.count() == 2
    assert KeptAside.objects.count() == 1  # and no card tells of it again


def test_a_series_that_claims_two_studies_is_filed_when_a_person_says_so(
    area: FilesystemArea,
) -> None:
    first = ct_instance()
    receive(area, part10(first))
    release(area, put_aside(area, ct_instance(SeriesInstanceUID=first.SeriesInstanceUID)))
    assert Study.objects.count() == 2


def test_a_taken_uid_stays_taken_and_the_bytes_stay_aside(area: FilesystemArea) -> None:
    first = ct_instance()
    receive(area, part10(first))
    first.PatientComments = "changed"
    row = put_aside(area, first)
    with pytest.raises(DifferentObject):
        release(area, row)
    assert kept_aside().get() == row
    assert area.open(row.storage_key).read() == part10(first)
    assert not AuditRow.objects.filter(object_type="kept-aside").exists()


def test_what_cannot_be_read_stays_aside(area: FilesystemArea) -> None:
    row = put_aside(area, part10(ct_instance())[:-10])
    with pytest.raises(Malformed):
        release(area, row)
    assert kept_aside().get() == row


def test_discarding_needs_a_reason_is_written_down_and_takes_the_bytes(
    area: FilesystemArea,
) -> None:
    row = put_aside(area, b"no object")
    with pytest.raises(ReasonMissing):
        discard_kept_aside(kept_aside_id=row.pk, reason=" ", area=area, origin=KIM)
    assert area.open(row.storage_key).read() == b"no object"
    discard_kept_aside(kept_aside_id=row.pk, reason="test of the vendor", area=area, origin=KIM)
    with pytest.raises(NoSuchObject):
        area.open(row.storage_key)
    audited = AuditRow.objects.get(object_type="kept-aside")
    assert (audited.action, audited.actor) == ("delete", "kim")
    assert "test of the vendor" in audited.detail
    assert kept_aside_object(row.pk).settled_as == "discarded"


def test_nobody_settles_the_same_object_twice(area: FilesystemArea) -> None:
    row = put_aside(area, b"no object")
    discard_kept_aside(kept_aside_id=row.pk, reason="noise", area=area, origin=KIM)
    with pytest.raises(AlreadySettled):
        discard_kept_aside(kept_aside_id=row.pk, reason="noise", area=area, origin=KIM)
    with pytest.raises(AlreadySettled):
        release(area, row)
    with pytest.raises(NotKeptAside):
        kept_aside_object(row.pk + 1)


def test_a_person_sees_what_an_object_says_of_itself(area: FilesystemArea) -> None:
    first, second = conflicting()
    receive(area, part10(first))
    seen = look_at_kept_aside(put_aside(area, second).pk, area=area)
    assert seen.row.reason == "conflicting-patient"
    assert seen.facts is not None
    assert seen.facts.patient_id == "P2"
    assert seen.transfer_syntax_uid == EXPLICIT


@pytest.mark.parametrize("content", [b"noise", part10(ct_instance())[:300]])
def test_a_person_is_told_why_an_object_cannot_be_read(
    area: FilesystemArea, content: bytes
) -> None:
    seen = look_at_kept_aside(put_aside(area, content).pk, area=area)
    assert seen.facts is None
    assert seen.problem


def test_a_uid_that_is_none_is_shown_as_the_problem(area: FilesystemArea) -> None:
    seen = look_at_kept_aside(
        put_aside(area, ct_instance(StudyInstanceUID="", SOPInstanceUID=new_uid())).pk, area=area
    )
    assert (seen.facts, seen.problem) == (None, "StudyInstanceUID is missing")


class Away:
    """A store that removes nothing while it is away."""

    def __init__(self, area: FilesystemArea) -> None:
        self._area = area

    def __getattr__(self, name: str) -> Any:
        return getattr(self._area, name)

    def delete(self, key: str) -> None:
        """Be away."""
        raise StorageAway("away")


@pytest.mark.parametrize("end", ["released", "discarded"])
def test_bytes_that_could_not_be_removed_go_later(area: FilesystemArea, end: str) -> None:
    strict()
    row = put_aside(area, ct_instance(PatientID=""))
    away: Any = Away(area)
    if end == "released":
        release_kept_aside(kept_aside_id=row.pk, area=away, origin=KIM, default_issuer="GH")
    else:
        discard_kept_aside(kept_aside_id=row.pk, reason="a test", area=away, origin=KIM)
    assert KeptAside.objects.get(pk=row.pk).settled_as == end
    assert area.path(row.storage_key).exists()
    since = clock.now() - timedelta(days=1)
    assert remove_settled(area=area, since=since) == 1
    assert not area.path(row.storage_key).exists()
    assert remove_settled(area=area, since=since) == 0
