"""Every storage class and every transfer syntax goes in through the door, as it was sent."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom import Dataset
from pydicom.uid import (
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)
from pytest_django import Settings

from archive.dicom import encoding
from archive.dicom.storage_classes import STORAGE_CLASSES
from archive.dimse.contexts import STORAGE_SYNTAXES
from archive.models import Instance
from archive.storage.current import area
from tests.support.datasets import ct_instance, new_uid, pdf_instance, write_part10
from tests.support.dicom_door import dicom_peer, open_door
from tests.support.needs import program
from tests.support.peers.modality import Modality
from tests.support.peers.raw_dicom import (
    ACCEPT,
    RawPeer,
    associate_rq,
    data_pdu,
    status_of,
    store_command,
)

pytestmark = pytest.mark.django_db(transaction=True)
CT = "1.2.840.10008.5.1.4.1.1.2"
MOST_CONTEXTS = 120
JPIP = ("1.2.840.10008.1.2.4.94", "1.2.840.10008.1.2.4.95")
JPIP_HTJ2K = ("1.2.840.10008.1.2.4.204", "1.2.840.10008.1.2.4.205")
NO_DATA_SETS = ("1.2.840.10008.1.2.6.1", "1.2.840.10008.1.2.6.2", "1.2.840.10008.1.20")
LIVE_VIDEO = tuple(f"1.2.840.10008.1.2.7.{number}" for number in (1, 2, 3))


@pytest.fixture
def port(settings: Settings, tmp_path: Path) -> Iterator[int]:
    """The hub's own door."""
    with open_door(settings, tmp_path, dicom_peer(), dicom_peer("STORESCU")) as port:
        yield port


def small(sop_class_uid: str) -> Dataset:
    """Return an object that has nothing but what says which one it is."""
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = sop_class_uid, new_uid()
    ds.PatientID, ds.PatientName, ds.Modality = "P1", "Doe^Jane", "OT"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = new_uid(), new_uid()
    return ds


def test_every_storage_class_is_stored(port: int) -> None:
    objects = [small(uid) for uid in sorted(STORAGE_CLASSES)]
    objects.append(small("1.2.840.10008.5.1.4.1.1.999.1"))  # added to DICOM after our dictionary
    for start in range(0, len(objects), MOST_CONTEXTS):
        some = objects[start : start + MOST_CONTEXTS]
        assert set(Modality(port).store(*some)) == {0x0000}
    stored = set(Instance.objects.values_list("sop_class_uid", flat=True))
    assert stored == {str(ds.SOPClassUID) for ds in objects}


def encoded(ds: Dataset, syntax: str) -> bytes:
    """Return the data set in a syntax, encapsulated pixels being a frame of four bytes."""
    if not UID(syntax).is_encapsulated:
        return encoding.encode(ds, transfer_syntax=syntax)
    pixels = b"\xfe\xff\x00\xe0\x00\x00\x00\x00\xfe\xff\x00\xe0\x04\x00\x00\x00\xff\xd8\xff\xd9"
    end = b"\xfe\xff\xdd\xe0\x00\x00\x00\x00"
    del ds.PixelData
    head = encoding.encode(ds, transfer_syntax=ExplicitVRLittleEndian)
    return head + b"\xe0\x7f\x10\x00OB\x00\x00\xff\xff\xff\xff" + pixels + end


def test_every_transfer_syntax_is_kept_as_it_was_sent(port: int) -> None:
    """The pixels are nobody's business here: an archive keeps them, whatever they are."""
    contexts = tuple((2 * n + 1, CT, (syntax,)) for n, syntax in enumerate(STORAGE_SYNTAXES))
    with RawPeer(port) as peer:
        kind, _ = peer.ask(associate_rq(calling="CT1", contexts=contexts))
        assert kind == ACCEPT
        for context_id, _, (syntax,) in contexts:
            sent = ct_instance()
            data = encoded(sent, syntax)
            peer.send(data_pdu(context_id, store_command(CT, sent.SOPInstanceUID)))
            _, body = peer.ask(data_pdu(context_id, data, control=2))
            assert status_of(body) == 0x0000, syntax
            row = Instance.objects.get(sop_instance_uid=sent.SOPInstanceUID)
            assert row.transfer_syntax_uid == syntax
            assert (row.rows, row.columns) == (32, 32), syntax
            assert area().open(row.storage_key).read().endswith(data)


@pytest.mark.parametrize("syntax", [*JPIP, *JPIP_HTJ2K, *NO_DATA_SETS, *LIVE_VIDEO])
def test_what_would_leave_the_pixels_elsewhere_is_refused_in_negotiation(
    port: int, syntax: str
) -> None:
    with RawPeer(port) as peer:
        kind, body = peer.ask(associate_rq(calling="CT1", contexts=((1, CT, (syntax,)),)))
    assert kind == ACCEPT
    at = body.index(b"\x21\x00")
    assert body[at + 6] == 4  # transfer syntaxes not supported, PS3.8 9.3.3.2


@pytest.mark.parametrize(
    ("syntax", "option"),
    [
        (ImplicitVRLittleEndian, "-xi"),
        (ExplicitVRLittleEndian, "-xe"),
        (ExplicitVRBigEndian, "-xb"),
        (RLELossless, "-xr"),
        (JPEGLSLossless, "-xt"),
        (JPEG2000Lossless, "-xv"),
    ],
)
def test_dcmtk_sends_each_syntax_it_has(
    port: int, tmp_path: Path, syntax: str, option: str
) -> None:
    file = write_part10(ct_instance(), tmp_path / "sent.dcm", transfer_syntax_uid=syntax)
    sending = [program("storescu"), option, "-aec", "PACSHUB", "127.0.0.1", str(port), str(file)]
    done = subprocess.run(sending, capture_output=True, text=True, timeout=60)  # noqa: S603
    assert done.returncode == 0, done.stderr
    assert Instance.objects.get().transfer_syntax_uid == syntax


def test_an_object_without_pixels_in_deflated_form_is_stored(port: int, tmp_path: Path) -> None:
    file = write_part10(pdf_instance(), tmp_path / "sent.dcm")
    sending = [program("storescu"), "-xd", "-aec", "PACSHUB", "127.0.0.1", str(port), str(file)]
    done = subprocess.run(sending, capture_output=True, text=True, timeout=60)  # noqa: S603
    assert done.returncode == 0, done.stderr
    assert Instance.objects.get().transfer_syntax_uid == "1.2.840.10008.1.2.1.99"
