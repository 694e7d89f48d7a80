"""C-FIND and C-MOVE at a foreign service class provider."""

from __future__ import annotations

import pytest
from pydicom import Dataset
from pydicom.uid import ImplicitVRLittleEndian

from archive.requestor.association import Outgoing, Peer, PeerAway, associate
from archive.requestor.proposal import Wanted
from archive.requestor.searches import FIND, MOVE, c_find, c_move
from tests.support.peers.prior_holder import PriorHolder, answer, prior_holder

WISH = Dataset()
WISH.QueryRetrieveLevel, WISH.StudyInstanceUID = "STUDY", "1.2.3"


def to(holder: PriorHolder, uid: str) -> Outgoing:
    """Open an association for one SOP class."""
    peer = Peer(ae_title="OLDPACS", host="127.0.0.1", port=holder.port, calling_ae="PACSHUB")
    wanted = Wanted(abstract_syntax=uid, transfer_syntaxes=(ImplicitVRLittleEndian,))
    return associate(peer, contexts=[wanted])


def test_every_answer_comes_and_the_association_goes_on() -> None:
    with prior_holder(answers=[answer(f"1.2.{n}") for n in range(40)]) as holder:
        association = to(holder, FIND)
        for _ in range(2):
            found = [a.StudyInstanceUID for a in c_find(association, WISH, limit=100)]
            assert found == [f"1.2.{n}" for n in range(40)]
        association.release()


def test_enough_is_enough() -> None:
    with prior_holder(answers=[answer(f"1.2.{n}") for n in range(40)]) as holder:
        association = to(holder, FIND)
        assert len(list(c_find(association, WISH, limit=3))) == 3
        assert not association.is_open


def test_a_failure_is_told() -> None:
    with prior_holder(answers=[answer("1.2")], find_status=0xA700) as holder:
        with pytest.raises(PeerAway) as caught:
            list(c_find(to(holder, FIND), WISH, limit=3))
        assert (caught.value.error_code, "0xA700" in caught.value.text) == ("peer-refused", True)


def test_a_move_that_fails_says_so() -> None:
    with prior_holder() as holder:
        moved = c_move(to(holder, MOVE), WISH, destination="PACSHUB", seconds=10)
    assert (moved.is_complete, moved.status) == (False, 0xA801)
    assert holder.asked[0].StudyInstanceUID == "1.2.3"
