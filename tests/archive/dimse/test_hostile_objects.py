"""What no device should send: each gets a clear status, is kept, and harms nobody after it."""

from __future__ import annotations

import contextlib
import resource
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import pydicom
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydicom.errors import InvalidDicomError
from pytest_django import Settings

from archive.dicom import encoding
from archive.dimse.contexts import STORAGE_SYNTAXES
from archive.models import Instance, KeptAside
from archive.storage.current import area
from tests.support.datasets import ct_instance
from tests.support.dicom_door import dicom_peer, open_door
from tests.support.peers.modality import Modality
from tests.support.peers.raw_dicom import (
    EXPLICIT,
    RawPeer,
    associate_rq,
    data_pdu,
    status_of,
    store_command,
)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore"),  # pydicom warns of what is wrong; that is the point
]
CT = "1.2.840.10008.5.1.4.1.1.2"
IMPLICIT, BIG = "1.2.840.10008.1.2", "1.2.840.10008.1.2.2"
DEFLATED = "1.2.840.10008.1.2.1.99"
SYNTAXES = (EXPLICIT, IMPLICIT, BIG, DEFLATED)
KEPT, NOT_READ, NO_IDENTITY, BAD_UID = 0x0000, 0xC000, 0xA900, 0x0117
UID = "1.2.3.4"
MOST_GROWTH_KB = 64 * 1024


@pytest.fixture
def port(settings: Settings, tmp_path: Path) -> Iterator[int]:
    """The hub's own door."""
    with open_door(settings, tmp_path, dicom_peer(), dicom_peer("CT2")) as port:
        yield port


def send(
    port: int, data: bytes, *, syntax: str = EXPLICIT, uid: str = UID, sop_class: str = CT
) -> int:
    """Send the bytes as the data set of a C-STORE; returns the status."""
    with RawPeer(port) as peer:
        peer.ask(associate_rq(calling="CT1", contexts=((1, CT, (syntax,)),)))
        peer.send(data_pdu(1, store_command(sop_class, uid)))
        for start in range(0, max(len(data), 1), 100_000):
            last = 2 if start + 100_000 >= len(data) else 0
            peer.send(data_pdu(1, data[start : start + 100_000], control=last))
        return status_of(peer.read()[1])


def element(tag: int, vr: bytes, value: bytes, *, length: int | None = None) -> bytes:
    """Return an element, Explicit VR Little Endian, that may lie about its length."""
    size = len(value) if length is None else length
    head = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr)
    long = vr in {b"OB", b"OW", b"SQ", b"UN", b"UT"}
    return head + (struct.pack("<HI", 0, size) if long else struct.pack("<H", size)) + value


def header(**changes: bytes | None) -> bytes:
    """Return a small data set; each change is the raw value of one of its elements."""
    values: dict[str, tuple[int, bytes, bytes | None]] = {
        "sop_class": (0x00080016, b"UI", CT.encode() + b"\0"),
        "sop_instance": (0x00080018, b"UI", UID.encode() + b"\0"),
        "study_date": (0x00080020, b"DA", b"20260105"),
        "modality": (0x00080060, b"CS", b"CT"),
        "name": (0x00100010, b"PN", b"Doe^Jane"),
        "patient_id": (0x00100020, b"LO", b"P1"),
        "study": (0x0020000D, b"UI", b"1.2.3.10"),
        "series": (0x0020000E, b"UI", b"1.2.3.11"),
        "number": (0x00200013, b"IS", b"1 "),
        "rows": (0x00280010, b"US", b"\x20\0"),
    }
    chosen = ((tag, vr, changes.get(name, raw)) for name, (tag, vr, raw) in values.items())
    return b"".join(element(tag, vr, raw) for tag, vr, raw in chosen if raw is not None)


SEQUENCE = element(0x00400275, b"SQ", b"", length=0xFFFFFFFF)
ITEM = struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)
ENDS = struct.pack("<HHIHHI", 0xFFFE, 0xE00D, 0, 0xFFFE, 0xE0DD, 0)
DEEP = (SEQUENCE + ITEM) * 20_000 + ENDS * 20_000


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (header(), KEPT),
        (b"", NO_IDENTITY),
        (header()[:-1], NOT_READ),
        (header()[:60], NOT_READ),
        (header() + DEEP, NOT_READ),
        (header() + element(0x7FE00010, b"OW", b"\0\0", length=0xFFFFFFF0), NOT_READ),
        (header() + element(0x00291010, b"UN", b"\0\0", length=0xFFFFFFFE), NOT_READ),
        (header(rows=b"\x20\0\x20"), KEPT),  # a wrong length of a value is not the object's end
        (
            header(rows=b"\x20\0\x20") + element(0x00020010, b"UI", b""),
            KEPT,
        ),  # for the careful reader
        (header(rows=b""), KEPT),
        (header(number=b"one!"), KEPT),
        (header(number=b"99999999999999999999"), KEPT),
        (header(study_date=b"\xff\xfe\xfd\xfc"), KEPT),
        (header(name=b"\x1b$B\xff\xff^\xff\xff\xff\xff="), KEPT),
        (element(0x00080005, b"CS", b"ISO_IR 999 ") + header(name=b"\xe9\xe8^\xff"), KEPT),
        (element(0x00080005, b"CS", b"\\\\\\\xff\xff\xff") + header(), KEPT),
        (header(patient_id=b"P1\0\0\0\0"), KEPT),
        (header(study=b"1.2.03.0010"), KEPT),
        (header(study=b"1.2.3.x\0"), BAD_UID),
        (header(series=b"1." + b"2" * 70), BAD_UID),
        (header(series=b"1.2\0.3"), KEPT),  # what is left is a UID
        (header(study=None), NO_IDENTITY),
        (header(series=b""), NO_IDENTITY),
        (header(sop_class=b"1.2.840.10008.5.1.4.1.1.4\0"), NO_IDENTITY),
        (header(sop_instance=b"1.2.3.5\0"), NO_IDENTITY),
        (header() + header(), None),
        (b"\0" * 50_000, NO_IDENTITY),
        (b"\xff" * 50_000, None),
    ],
)
def test_an_odd_object_is_answered_and_never_lost(
    port: int, data: bytes, status: int | None
) -> None:
    answered = send(port, data)
    assert answered == status if status is not None else answered in {KEPT, NOT_READ, NO_IDENTITY}
    kept = Instance.objects.count() + KeptAside.objects.count()
    assert kept == 1
    key = (Instance.objects.first() or KeptAside.objects.get()).storage_key
    assert area().open(key).read().endswith(data)
    assert Modality(port).store(ct_instance()) == [KEPT]


def test_a_zip_bomb_goes_off_nowhere(port: int) -> None:
    deflater = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    bomb = deflater.compress(header()[:-10] + element(0x7FE00010, b"OB", b"", length=0xFFFFFFF0))
    zeros = bytes(1024 * 1024)
    bomb += b"".join(deflater.compress(zeros) for _ in range(600)) + deflater.flush()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert send(port, bomb, syntax=DEFLATED) == NOT_READ
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MOST_GROWTH_KB
    assert KeptAside.objects.get().reason == "inflates-too-far"


@pytest.mark.parametrize("syntax", [IMPLICIT, BIG, DEFLATED])
def test_a_data_set_in_another_syntax_than_agreed_is_answered_and_kept(
    port: int, syntax: str
) -> None:
    assert send(port, header(), syntax=syntax) in {KEPT, NOT_READ, NO_IDENTITY, BAD_UID}
    assert Instance.objects.count() + KeptAside.objects.count() == 1
    assert Modality(port).store(ct_instance()) == [KEPT]


def test_gigantic_lengths_and_deep_sequences_take_no_memory(port: int) -> None:
    send(port, header() + DEEP)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(10):
        uid = f"1.2.3.{number}"
        lie = element(0x00291010, b"UN", b"\0\0", length=0xFFFFFFF0)
        send(port, header(sop_instance=uid.encode().ljust(8, b"\0")) + DEEP + lie, uid=uid)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MOST_GROWTH_KB


def announced(name: str) -> dict[str, str]:
    """Return what a sender of the file would say of it: syntax, class and instance."""
    try:
        read = pydicom.dcmread(name, stop_before_pixels=True)
        syntax = str(read.file_meta.TransferSyntaxUID)
        return {
            "syntax": syntax if syntax in STORAGE_SYNTAXES else EXPLICIT,
            "sop_class": str(read.SOPClassUID),
            "uid": str(read.SOPInstanceUID),
        }
    except (AttributeError, InvalidDicomError, EOFError, ValueError):
        return {}


def test_every_test_file_of_pydicom_is_stored_or_kept_aside(port: int) -> None:
    """Valid or not: its data set is sent as it lies in the file."""
    statuses: dict[str, int] = {}
    for file in sorted((Path(pydicom.__file__).parent / "data" / "test_files").rglob("*")):
        data = file.read_bytes() if file.is_file() else b""
        if not data or len(data) > 200_000 or file.suffix in {".py", ".json", ".zip", ".gz"}:
            continue
        said = announced(str(file))
        start = 144 + int.from_bytes(data[140:144], "little") if data[128:132] == b"DICM" else 0
        before = Instance.objects.count() + KeptAside.objects.count()
        statuses[file.name] = send(port, data[start:], **said)
        same = statuses[file.name] == KEPT  # the same bytes again, or one more row
        assert same or Instance.objects.count() + KeptAside.objects.count() == before + 1
    assert set(statuses.values()) <= {KEPT, NOT_READ, NO_IDENTITY, BAD_UID}
    assert len(statuses) > 70
    assert sum(status == KEPT for status in statuses.values()) > 40
    assert Modality(port).store(ct_instance()) == [KEPT]


_WHOLE = {syntax: encoding.encode(ct_instance(), transfer_syntax=syntax) for syntax in SYNTAXES}
_TALK = (
    associate_rq(calling="CT1", contexts=((1, CT, (EXPLICIT,)),))
    + data_pdu(1, store_command(CT, UID))
    + data_pdu(1, header(), control=2)
)
_few = hypothesis_settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
_many = hypothesis_settings(_few, max_examples=3000)


def mutated(whole: bytes, at: int, what: bytes, cut: int) -> bytes:
    return (whole[:at] + what + whole[at + len(what) :])[: max(1, len(whole) - cut)]


def look_at_data_set(port: int, syntax: str, data: bytes) -> None:
    rows = Instance.objects.count() + KeptAside.objects.count()
    assert send(port, data, syntax=syntax) in {KEPT, NOT_READ, NO_IDENTITY, BAD_UID}
    assert Instance.objects.count() + KeptAside.objects.count() >= rows
    assert Modality(port).store(ct_instance()) == [KEPT]


def look_at_talk(port: int, talk: bytes) -> None:
    """Say it all and hang up: whatever the hub makes of it, the next caller is served."""
    with RawPeer(port) as peer, contextlib.suppress(ConnectionError, TimeoutError):
        peer.send(talk)
        peer.finish_sending()
        while True:
            peer.read()
    assert Modality(port, ae_title="CT2").store(ct_instance()) == [KEPT]


_changes = {
    "what": st.binary(min_size=1, max_size=8),
    "cut": st.integers(0, 3000),
}


@_few
@given(syntax=st.sampled_from(SYNTAXES), at=st.integers(0, 700), **_changes)
def test_mutated_data_sets_never_harm_the_next_object(
    port: int, syntax: str, at: int, what: bytes, cut: int
) -> None:
    look_at_data_set(port, syntax, mutated(_WHOLE[syntax], at, what, cut))


@_few
@given(at=st.integers(0, len(_TALK) - 1), **_changes)
def test_mutated_pdus_of_a_store_never_harm_the_next_caller(
    port: int, at: int, what: bytes, cut: int
) -> None:
    look_at_talk(port, mutated(_TALK, at, what, cut % len(_TALK)))


@pytest.mark.soak
@_many
@given(syntax=st.sampled_from(SYNTAXES), at=st.integers(0, 700), **_changes)
def test_many_mutated_data_sets_never_harm_the_next_object(
    port: int, syntax: str, at: int, what: bytes, cut: int
) -> None:
    look_at_data_set(port, syntax, mutated(_WHOLE[syntax], at, what, cut))


@pytest.mark.soak
@_many
@given(at=st.integers(0, len(_TALK) - 1), **_changes)
def test_many_mutated_pdus_of_a_store_never_harm_the_next_caller(
    port: int, at: int, what: bytes, cut: int
) -> None:
    look_at_talk(port, mutated(_TALK, at, what, cut % len(_TALK)))
