"""Objects of many makers go in by C-STORE and come back byte for byte by C-MOVE and C-GET."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pydicom
import pytest
from pydicom.errors import InvalidDicomError
from pytest_django import Settings

from archive.dicom.elements import BrokenElements, data_set_start
from archive.models import Instance
from archive.requestor.association import Peer
from archive.requestor.store_scu import StoreScu
from tests.support.dicom_door import dicom_peer, open_door
from tests.support.peers.archive import Received, other_archive
from tests.support.peers.retriever import Retriever, wish
from tests.support.samples import PYDICOM_FILES, SAMPLE_FILES

pytestmark = pytest.mark.django_db(transaction=True)
MOST_CONTEXTS = 120


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A Part 10 file on its way in, its data set untouched."""

    sop_class_uid: str
    sop_instance_uid: str
    study_instance_uid: str
    transfer_syntax_uid: str
    content: bytes
    length: int | None = None

    def data_set(self) -> Iterator[bytes]:
        """Yield it whole."""
        yield self.content

    def close(self) -> None:
        """Nothing is open."""


def read(path: Path) -> Sample | None:
    """Return a sample that names itself and its study; None for what no sender could send."""
    try:
        header = pydicom.dcmread(path, stop_before_pixels=True)
        with path.open("rb") as file:
            file.seek(data_set_start(file))
            content = file.read()
        return Sample(
            sop_class_uid=str(header.SOPClassUID),
            sop_instance_uid=str(header.SOPInstanceUID),
            study_instance_uid=str(header.StudyInstanceUID),
            transfer_syntax_uid=str(header.file_meta.TransferSyntaxUID),
            content=content,
        )
    except (InvalidDicomError, BrokenElements, AttributeError, EOFError, ValueError):
        return None


def samples() -> dict[str, Sample]:
    """Return the samples by SOP Instance UID, the first of each."""
    found: dict[str, Sample] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for path in (*SAMPLE_FILES, *PYDICOM_FILES):
            sample = read(path)
            if sample is not None:
                found.setdefault(sample.sop_instance_uid, sample)
    return found


def store(port: int, sent: Iterable[Sample]) -> dict[str, Sample]:
    """Send them all; returns those the hub filed."""
    wanted: dict[str, dict[str, None]] = {}
    for sample in sent:
        wanted.setdefault(sample.sop_class_uid, {})[sample.transfer_syntax_uid] = None
    hub = Peer(ae_title="PACSHUB", host="127.0.0.1", port=port, calling_ae="CT1")
    offers = {uid: tuple(syntaxes) for uid, syntaxes in wanted.items()}
    taken = {}
    with StoreScu(hub, offers=offers) as scu:
        for sample in sent:
            if sample.transfer_syntax_uid in scu.accepted(sample.sop_class_uid):
                scu.send(sample)
                taken[sample.sop_instance_uid] = sample
    filed = set(Instance.objects.values_list("sop_instance_uid", flat=True))
    return {uid: sample for uid, sample in taken.items() if uid in filed}


def differing(received: Iterable[Received], filed: dict[str, Sample]) -> list[str]:
    """Return the objects that did not come back, or not as they were sent."""
    back = {one.sop_instance_uid: one for one in received}
    return [
        uid
        for uid, sample in filed.items()
        if uid not in back
        or back[uid].transfer_syntax != sample.transfer_syntax_uid
        or back[uid].data_set != sample.content
    ]


def test_every_sample_comes_back_as_it_went_in(settings: Settings, tmp_path: Path) -> None:
    sent = list(samples().values())
    takes: dict[str, tuple[str, ...]] = {}
    for sample in sent:
        known = takes.get(sample.sop_class_uid, ())
        takes[sample.sop_class_uid] = (*known, sample.transfer_syntax_uid)
    with other_archive(takes, max_pdu=65_536) as other:
        peers = dicom_peer(), dicom_peer("OTHER", host="127.0.0.1", port=other.port)
        with open_door(settings, tmp_path, *peers) as port:
            filed = store(port, sent)
            assert len(filed) > 40
            studies = list({sample.study_instance_uid for sample in filed.values()})
            wanted = wish("STUDY", StudyInstanceUID=studies)
            moved = Retriever(port).move(wanted)
            assert (moved.status, moved.counts) == (0x0000, (len(filed), 0, 0)), moved.failed
            pairs = sorted({(s.sop_class_uid, s.transfer_syntax_uid) for s in filed.values()})
            assert len(pairs) < MOST_CONTEXTS
            got = Retriever(port).get(wanted, takes=(), pairs=pairs)
    assert differing(other.received, filed) == []
    assert (got.status, got.counts) == (0x0000, (len(filed), 0, 0))
    assert differing(got.received, filed) == []
