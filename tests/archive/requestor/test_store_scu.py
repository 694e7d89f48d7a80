"""Objects sent to a real storage SCP: as they are, split, retried, and without being held."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from pydicom.uid import (
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    RLELossless,
)
from pynetdicom import AllStoragePresentationContexts
from pynetdicom.sop_class import CTImageStorage, MRImageStorage

from archive.requestor.association import Peer, PeerAway
from archive.requestor.store_scu import MoveOriginator, StoreScu, offers
from tests.support.peers.archive import OtherArchive, other_archive

STORAGE = [str(context.abstract_syntax) for context in AllStoragePresentationContexts]


@dataclass(kw_only=True)
class Parcel:
    """Something to send: any bytes do, no storage SCP here looks into them."""

    sop_class_uid: str = CTImageStorage
    sop_instance_uid: str = "1.2.3"
    transfer_syntax_uid: str = ExplicitVRLittleEndian
    blocks: tuple[bytes, ...] = (b"\x08\0\x18\0UI\6\x001.2.3\0",)
    length: int | None = None
    closed: int = 0
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def data_set(self) -> Iterator[bytes]:
        """Yield the blocks."""
        yield from self.blocks

    def close(self) -> None:
        """Count it."""
        self.closed += 1


def at(other: OtherArchive) -> Peer:
    """Return where the other archive is."""
    return Peer(ae_title=other.ae_title, host="127.0.0.1", port=other.port, calling_ae="PACSHUB")


EXPLICIT_CT = offers([(CTImageStorage, ExplicitVRLittleEndian)])


def test_an_object_arrives_as_it_left_and_says_who_moved_it() -> None:
    blocks = (b"\x08\0\x18\0UI", b"", b"\6\x001.2.3\0", b"x" * 300_000, b"yz")
    parcel = Parcel(blocks=blocks)
    with other_archive(max_pdu=4_096) as other, StoreScu(at(other), offers=EXPLICIT_CT) as scu:
        status = scu.send(parcel, move_originator=MoveOriginator(ae_title="WS1", message_id=7))
    assert (status, parcel.closed) == (0, 1)
    [got] = other.received
    assert got.data_set == b"".join(blocks)
    assert (got.sop_instance_uid, got.originator, got.originator_message_id) == ("1.2.3", "WS1", 7)


def test_the_stored_syntax_comes_first_of_what_the_peer_takes() -> None:
    stored = [(CTImageStorage, JPEG2000Lossless), (CTImageStorage, RLELossless)]
    takes = {CTImageStorage: (ImplicitVRLittleEndian, RLELossless)}
    with other_archive(takes) as other, StoreScu(at(other), offers=offers(stored)) as scu:
        assert scu.accepted(CTImageStorage) == (RLELossless, ImplicitVRLittleEndian)
        assert scu.accepted(MRImageStorage) == ()
        assert scu.send(Parcel(transfer_syntax_uid=RLELossless)) == 0
        with pytest.raises(PeerAway) as refused:
            scu.send(Parcel(transfer_syntax_uid=JPEG2000Lossless))
    assert refused.value.error_code == "no-context"
    assert [one.transfer_syntax for one in other.received] == [RLELossless]


def test_more_contexts_than_an_association_holds_are_split() -> None:
    classes = STORAGE[:60]
    takes = dict.fromkeys(classes, (ExplicitVRLittleEndian,))
    wanted = offers((uid, JPEG2000Lossless) for uid in classes)
    with other_archive(takes) as other, StoreScu(at(other), offers=wanted) as scu:
        for uid in (classes[0], classes[59], classes[1]):
            assert scu.accepted(uid) == (ExplicitVRLittleEndian,)
            assert scu.send(Parcel(sop_class_uid=uid)) == 0
    assert len(other.received) == 3
    assert other.associations == 2


def delivered(scu: StoreScu, made: list[Parcel]) -> int:
    """Deliver one object with its retries."""

    def prepare(accepted: tuple[str, ...]) -> Parcel:
        made.append(Parcel(asked=[accepted]))
        return made[-1]

    delivering = scu.delivering(CTImageStorage, prepare)
    while True:
        try:
            next(delivering)
        except StopIteration as end:
            return int(end.value)


def test_a_peer_that_takes_nothing_is_asked_once() -> None:
    with other_archive() as other:
        wanted = offers([(MRImageStorage, ExplicitVRLittleEndian)])
        with StoreScu(at(other), offers=wanted) as scu:
            for _ in range(3):
                assert scu.accepted(MRImageStorage) == ()
    assert other.associations == 1


@pytest.mark.parametrize(
    ("statuses", "outcome", "attempts", "associations"),
    [
        ([0xA700], 0, 2, 1),
        ([0xA700, 0xA701], 0xA701, 2, 1),
        ([0xC000], 0xC000, 1, 1),
        ([0xB000], 0xB000, 1, 1),
        (["abort"], 0, 2, 2),
        (["abort", "abort"], 0, 3, 3),
        (["abort", 0xA700], 0, 3, 2),
    ],
)
def test_what_may_pass_is_tried_again(
    statuses: list[int | str], outcome: int, attempts: int, associations: int
) -> None:
    made: list[Parcel] = []
    with (
        other_archive(statuses=list(statuses)) as other,
        StoreScu(at(other), offers=EXPLICIT_CT) as scu,
    ):
        assert delivered(scu, made) == outcome
    assert (len(made), other.associations) == (attempts, associations)
    assert {parcel.closed for parcel in made} == {1}
    assert made[0].asked == [(ExplicitVRLittleEndian,)]


def test_three_broken_associations_are_enough() -> None:
    made: list[Parcel] = []
    with (
        other_archive(statuses=["abort"] * 4) as other,
        StoreScu(at(other), offers=EXPLICIT_CT) as scu,
        pytest.raises(PeerAway) as away,
    ):
        delivered(scu, made)
    assert (away.value.error_code, len(made)) == ("peer-aborted", 3)


def test_an_object_that_cannot_be_read_ends_its_association_only() -> None:
    class Torn(Parcel):
        def data_set(self) -> Iterator[bytes]:
            yield b"half of it"
            raise OSError("the disk")

    with other_archive() as other, StoreScu(at(other), offers=EXPLICIT_CT) as scu:
        with pytest.raises(Exception, match="cannot be read"):
            scu.send(Torn())
        assert scu.send(Parcel(sop_instance_uid="1.2.4")) == 0
    assert other.uids == ["1.2.4"]


def test_the_sender_may_give_up_in_the_middle() -> None:
    blocks = tuple(io.BytesIO(bytes(4_096)).getvalue() for _ in range(50))
    with other_archive() as other, StoreScu(at(other), offers=EXPLICIT_CT) as scu:
        sending = scu.sending(Parcel(blocks=blocks))
        next(sending)
        sending.close()
        assert scu.send(Parcel(sop_instance_uid="1.2.4")) == 0
    assert other.uids == ["1.2.4"]
