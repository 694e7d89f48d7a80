"""What the site file says about odd objects, as a modality meets it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pydicom import Dataset
from pytest_django import Settings

from archive.models import Instance, KeptAside, Patient, Study
from archive.storage.current import area
from archive.store.queries import forget_policies
from pacs_hub.access.models import Site
from tests.support.datasets import ct_instance, new_uid
from tests.support.dicom_door import dicom_peer, open_door
from tests.support.peers.modality import Modality

pytestmark = pytest.mark.django_db(transaction=True)
NEWER = "1.2.840.10008.5.1.4.1.1.999.1"
PRIVATE = "1.2.752.24.3.1"
Door = Callable[..., Any]


@pytest.fixture
def door(settings: Settings, tmp_path: Path) -> Door:
    """Open the hub's door with policies of the site and of the peer CT1."""

    @contextmanager
    def opened(peer: dict[str, Any] | None = None, **archive: Any) -> Iterator[Modality]:
        with open_door(settings, tmp_path, dicom_peer(options=peer or {})) as port:
            Site.objects.update(archive=archive)
            forget_policies()
            yield Modality(port)

    return opened


def in_the_series_of(first: Dataset, **changes: Any) -> Dataset:
    same = {"StudyInstanceUID": first.StudyInstanceUID}
    return ct_instance(**same | {"SeriesInstanceUID": first.SeriesInstanceUID} | changes)


def reasons() -> list[str]:
    return list(KeptAside.objects.order_by("pk").values_list("reason", flat=True))


@pytest.mark.parametrize(("answer", "status"), [("keep-aside", 0x0000), ("refuse", 0xC100)])
def test_other_bytes_under_a_stored_uid_are_never_lost_and_never_overwrite(
    door: Door, answer: str, status: int
) -> None:
    first = ct_instance()
    second = in_the_series_of(first, SOPInstanceUID=first.SOPInstanceUID, PatientComments="new")
    with door(different_object=answer) as modality:
        assert modality.store(first, second, first) == [0x0000, status, 0x0000]
    assert reasons() == ["different-object"]
    assert b"new" in area().open(KeptAside.objects.get().storage_key).read()
    assert b"new" not in area().open(Instance.objects.get().storage_key).read()


def test_a_peer_overrides_the_site(door: Door) -> None:
    with door({"missing_patient_id": "accept"}, missing_patient_id="refuse") as modality:
        assert modality.store(ct_instance(PatientID="")) == [0x0000]


def test_an_object_without_patient_id_is_refused_where_the_site_says_so(door: Door) -> None:
    with door(missing_patient_id="refuse") as modality:
        assert modality.store(ct_instance(PatientID=""), ct_instance()) == [0xA900, 0x0000]
    assert reasons() == ["missing-patient-id"]


@pytest.mark.parametrize("same_series", [True, False])
def test_an_object_of_another_patient_does_not_join_the_study(
    door: Door, same_series: bool
) -> None:
    first = ct_instance()
    changes: dict[str, Any] = {} if same_series else {"SeriesInstanceUID": new_uid()}
    other = in_the_series_of(first, PatientID="P2", PatientName="Roe^Richard", **changes)
    with door() as modality:
        assert modality.store(first, other, in_the_series_of(first)) == [0x0000] * 3
    assert reasons() == ["conflicting-patient"]
    assert Instance.objects.count() == 2
    row = KeptAside.objects.get()
    assert row.study_instance_uid == first.StudyInstanceUID
    assert area().open(row.storage_key).read()
    assert sum(1 for _ in area().objects()) == 2  # what was kept aside left its place


def test_where_the_site_accepts_another_patient_it_is_filed_and_flagged_once(door: Door) -> None:
    first = ct_instance()
    others = [in_the_series_of(first, PatientID="P2", SeriesInstanceUID=uid) for uid in "12"]
    for number, other in enumerate(others):
        other.SeriesInstanceUID = f"1.2.3.{number}"
    with door(conflicting_patient="accept") as modality:
        assert modality.store(first, *others) == [0x0000] * 3
    assert Instance.objects.count() == 3
    flag = KeptAside.objects.get()
    assert (flag.reason, flag.storage_key) == ("conflicting-patient", "")


def test_a_name_corrected_during_the_exam_is_no_conflict(door: Door) -> None:
    first = ct_instance(PatientName="Deo^Jane")
    with door() as modality:
        assert modality.store(first, in_the_series_of(first, PatientName="Doe^Jane")) == [0, 0]
    assert Instance.objects.count() == 2
    assert reasons() == []


def test_the_identifier_of_a_merged_patient_is_no_conflict(door: Door) -> None:
    first, elsewhere = ct_instance(PatientID="P1"), ct_instance(PatientID="P2")
    with door() as modality:
        modality.store(first, elsewhere)
        kept, gone = (
            Study.objects.get(study_instance_uid=ds.StudyInstanceUID).patient
            for ds in (elsewhere, first)
        )
        Patient.objects.filter(pk=gone.pk).update(survivor=kept, state="merged")
        assert modality.store(in_the_series_of(first, PatientID="P2")) == [0x0000]
    assert reasons() == []


def test_a_series_of_another_study_is_kept_aside(door: Door) -> None:
    first = ct_instance()
    stray = ct_instance(SeriesInstanceUID=first.SeriesInstanceUID)
    with door() as modality:
        assert modality.store(first, stray) == [0x0000, 0x0000]
    assert reasons() == ["relational-mismatch"]
    assert Study.objects.count() == 1


def test_an_instance_of_another_series_is_kept_aside(door: Door) -> None:
    first = ct_instance()
    stray = in_the_series_of(
        first, SOPInstanceUID=first.SOPInstanceUID, SeriesInstanceUID=new_uid()
    )
    with door(different_object="refuse") as modality:
        assert modality.store(first, stray) == [0x0000, 0x0000]
    assert reasons() == ["relational-mismatch"]


def test_unknown_and_private_classes_are_negotiated_as_the_site_says(door: Door) -> None:
    explicit = ["1.2.840.10008.1.2.1"]
    contexts = [(NEWER, explicit), (PRIVATE, explicit)]

    def accepted(modality: Modality) -> list[str]:
        association = modality.associate(contexts)
        if not association.is_established:
            return []
        try:
            return [str(context.abstract_syntax) for context in association.accepted_contexts]
        finally:
            association.release()

    with door() as modality:
        assert accepted(modality) == [NEWER]
        Site.objects.update(archive={"unknown_sop_class": "refuse", "sop_classes": [PRIVATE]})
        forget_policies()
        assert accepted(modality) == [PRIVATE]


def test_a_private_class_in_a_private_syntax_is_stored_where_both_are_listed(door: Door) -> None:
    syntax = "1.2.840.113619.5.99"
    with door({"sop_classes": [PRIVATE], "transfer_syntaxes": [syntax]}) as modality:
        sent = ct_instance(SOPClassUID=PRIVATE)
        with modality.associated((PRIVATE, [syntax])) as association:
            (context,) = association.accepted_contexts
            assert context.transfer_syntax == [syntax]
        assert modality.store(sent) == [0x0000]
    assert Instance.objects.get().sop_class_uid == PRIVATE
