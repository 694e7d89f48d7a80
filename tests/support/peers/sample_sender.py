"""A sender that has objects of many makers, valid or not, and sends their bytes as they lie."""

from __future__ import annotations

from typing import Final

from tests.support.makers import Made, pairs
from tests.support.peers.raw_dicom import (
    RELEASE_RQ_PDU,
    RawPeer,
    associate_rq,
    data_pdu,
    status_of,
    store_command,
)

NO_CONTEXT: Final = -1
_PDU_BYTES: Final = 100_000


def store_on_one_association(port: int, sent: list[Made]) -> dict[str, int]:
    """Store them all, one after another; returns name → status, NO_CONTEXT where none is agreed."""
    numbers = {pair: 2 * n + 1 for n, pair in enumerate(pairs(sent))}
    contexts = tuple((number, uid, (syntax,)) for (uid, syntax), number in numbers.items())
    statuses = {}
    with RawPeer(port) as peer:
        accepted = _accepted(peer.ask(associate_rq(calling="CT1", contexts=contexts))[1])
        for one in sent:
            number = numbers[one.sop_class_uid, one.transfer_syntax_uid]
            statuses[one.name] = _store(peer, number, one) if number in accepted else NO_CONTEXT
        peer.ask(RELEASE_RQ_PDU)
    return statuses


def _store(peer: RawPeer, number: int, one: Made) -> int:
    peer.send(data_pdu(number, store_command(one.sop_class_uid, one.sop_instance_uid)))
    for start in range(0, max(len(one.data_set), 1), _PDU_BYTES):
        last = 2 if start + _PDU_BYTES >= len(one.data_set) else 0
        peer.send(data_pdu(number, one.data_set[start : start + _PDU_BYTES], control=last))
    return status_of(peer.read()[1])


def _accepted(answer: bytes) -> set[int]:
    """Return the numbers of the contexts an A-ASSOCIATE-AC accepts (PS3.8 9.3.3.2)."""
    found, at = set(), 68
    while at + 4 <= len(answer):
        if answer[at] == 0x21 and answer[at + 6] == 0:
            found.add(answer[at + 4])
        at += 4 + int.from_bytes(answer[at + 2 : at + 4], "big")
    return found
