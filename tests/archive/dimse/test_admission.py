"""Who gets in, for what, and what is written down about everybody else."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydicom.uid import ExplicitVRLittleEndian
from pynetdicom.sop_class import (
    CTImageStorage,
    ModalityWorklistInformationFind,
    PrintJob,
    Verification,
)
from pytest_django import Settings

from pacs_hub.access.models import RefusedCaller
from tests.support.dicom_door import dicom_peer, open_door
from tests.support.peers.modality import Modality
from tests.support.peers.raw_dicom import ACCEPT, EXPLICIT, REJECT, RawPeer, associate_rq

pytestmark = pytest.mark.django_db(transaction=True)

STORE_AND_FIND = [
    (CTImageStorage, [ExplicitVRLittleEndian]),
    (ModalityWorklistInformationFind, [ExplicitVRLittleEndian]),
    (PrintJob, [ExplicitVRLittleEndian]),
]


def refused() -> RefusedCaller:
    """Return the one refusal that was written down."""
    return RefusedCaller.objects.get()


def test_a_caller_nobody_configured_is_rejected_and_shown(
    settings: Settings, tmp_path: Path
) -> None:
    with open_door(settings, tmp_path) as port:
        for _ in range(2):
            with RawPeer(port) as peer:
                assert peer.ask(associate_rq(calling="CT2")) == (REJECT, b"\0\1\1\3")
    card = refused()
    assert card.reason == "CT2 is not configured here"
    assert (card.door, card.caller, card.address, card.asked_for, card.times) == (
        "dicom",
        "CT2",
        "127.0.0.1",
        "echo",
        2,
    )


def test_a_caller_with_the_wrong_name_for_us_is_told(settings: Settings, tmp_path: Path) -> None:
    with open_door(settings, tmp_path) as port, RawPeer(port) as peer:
        answer = peer.ask(associate_rq(calling="CT1", called="PACS"))
        assert answer == (REJECT, b"\0\1\1\7")
    assert refused().reason == "CT1 calls us PACS; our name is PACSHUB"
    assert refused().called == "PACS"


def test_a_title_from_another_address_is_rejected(settings: Settings, tmp_path: Path) -> None:
    elsewhere = dicom_peer(address=["192.0.2.7"])
    with open_door(settings, tmp_path, elsewhere) as port, RawPeer(port) as peer:
        assert peer.ask(associate_rq(calling="CT1")) == (REJECT, b"\0\1\1\1")
    assert refused().reason == "CT1 may not call from 127.0.0.1"


def test_titles_are_compared_with_case_and_without_padding(
    settings: Settings, tmp_path: Path
) -> None:
    with open_door(settings, tmp_path) as port:
        with RawPeer(port) as peer:
            assert peer.ask(associate_rq(calling="ct1"))[0] == REJECT
        with RawPeer(port) as peer:
            assert peer.ask(associate_rq(calling="  CT1"))[0] == ACCEPT


def test_only_services_the_peer_may_use_are_accepted(settings: Settings, tmp_path: Path) -> None:
    with open_door(settings, tmp_path, dicom_peer(may=["store"])) as port:
        association = Modality(port).associate(STORE_AND_FIND)
        results = {c.abstract_syntax: c.result for c in association.rejected_contexts}
        accepted = [c.abstract_syntax for c in association.accepted_contexts]
        association.release()
    assert accepted == [CTImageStorage]
    assert results == {ModalityWorklistInformationFind: 1, PrintJob: 3}
    assert refused().reason == "CT1 may not use: worklist"
    assert refused().asked_for == "worklist"


def test_one_transfer_syntax_is_chosen_as_we_prefer(settings: Settings, tmp_path: Path) -> None:
    jpeg2000, implicit = "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2"
    with open_door(settings, tmp_path) as port:
        wishes = [
            (CTImageStorage, [implicit, jpeg2000, ExplicitVRLittleEndian]),
            (Verification, [implicit, ExplicitVRLittleEndian]),
        ]
        association = Modality(port).associate(wishes)
        chosen = [c.transfer_syntax[0] for c in association.accepted_contexts]
        association.release()
    assert chosen == [jpeg2000, ExplicitVRLittleEndian]


def test_storage_classes_newer_than_our_dictionary_are_accepted(
    settings: Settings, tmp_path: Path
) -> None:
    new = "1.2.840.10008.5.1.4.1.1.999.1"
    find = "1.2.840.10008.5.1.4.1.2.2.9"
    contexts = ((1, new, (EXPLICIT,)), (3, find, ("1.2.3",)))
    with open_door(settings, tmp_path) as port, RawPeer(port) as peer:
        _, body = peer.ask(associate_rq(calling="CT1", contexts=contexts))
        assert b"\x21\x00" in body
        at = body.index(b"\x21\x00")
        assert (body[at + 4], body[at + 6]) == (1, 0)
