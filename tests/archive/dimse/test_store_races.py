"""The same object, or the same UID, in two associations at the same time."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from pydicom import Dataset
from pytest_django import Settings

from archive.models import Instance, KeptAside, Series, Study
from archive.storage.current import area
from tests.support.datasets import ct_instance, ct_series
from tests.support.dicom_door import dicom_peer, open_door
from tests.support.peers.modality import Modality

pytestmark = pytest.mark.django_db(transaction=True)
SENDERS = 4


def all_send(port: int, loads: Sequence[Sequence[Dataset]]) -> list[list[int]]:
    """Let each load go out in an association of its own, all at the same moment."""
    together = threading.Barrier(len(loads))
    statuses: list[list[int]] = [[] for _ in loads]

    def send(number: int) -> None:
        modality = Modality(port, ae_title=f"CT{number}")
        together.wait()
        statuses[number] = modality.store(*loads[number])

    threads = [threading.Thread(target=send, args=(n,)) for n in range(len(loads))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


def senders() -> list[dict[str, object]]:
    return [dicom_peer(f"CT{number}") for number in range(SENDERS)]


def test_one_study_sent_four_times_at_once_is_stored_once(
    settings: Settings, tmp_path: Path
) -> None:
    study = list(ct_series(15))
    copies = [[Dataset(ds) for ds in study] for _ in range(SENDERS)]
    with open_door(settings, tmp_path, *senders()) as port:
        statuses = all_send(port, copies)
    assert {status for each in statuses for status in each} == {0x0000}
    # each sender's title is in its file, so that the files differ: those of the later ones lie
    # aside, or were never needed where the bytes are the same
    assert Instance.objects.count() == 15
    assert (Study.objects.count(), Series.objects.count()) == (1, 1)
    rows = Instance.objects.all()
    assert all(area().size(row.storage_key) == row.size for row in rows)
    assert sum(1 for _ in area().objects()) == 15


def test_four_objects_that_claim_one_uid_at_once_leave_one_filed_and_three_aside(
    settings: Settings, tmp_path: Path
) -> None:
    first = ct_instance()
    claims = [
        ct_instance(
            SOPInstanceUID=first.SOPInstanceUID,
            StudyInstanceUID=first.StudyInstanceUID,
            SeriesInstanceUID=first.SeriesInstanceUID,
            PatientComments=f"claim {number}",
        )
        for number in range(SENDERS)
    ]
    with open_door(settings, tmp_path, *senders()) as port:
        statuses = all_send(port, [[claim] for claim in claims])
    assert statuses == [[0x0000]] * SENDERS
    assert Instance.objects.count() == 1
    assert KeptAside.objects.filter(reason="different-object").count() == SENDERS - 1
    places = [row.storage_key for row in (Instance.objects.get(), *KeptAside.objects.all())]
    told = {area().open(place).read().split(b"claim ")[1][:1] for place in places}
    assert len(told) == SENDERS
    assert sum(1 for _ in area().objects()) == 1
