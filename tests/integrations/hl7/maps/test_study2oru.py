"""Where images are is told with the study and an address that opens them."""

from __future__ import annotations

import pytest

from integrations.hl7.maps.outgoing import Incomplete
from integrations.hl7.maps.study2oru import ImagesFacts, oru_r01_images
from integrations.hl7.message import Message
from tests.support import outgoing
from tests.support.strictly import invalid_segments

LINK = "https://hub.example/viewer/viewer?StudyInstanceUIDs=1.2,1.3&x=1"


def written(*uids: str) -> str:
    return oru_r01_images(
        envelope=outgoing.envelope(),
        person=outgoing.person(),
        visit=outgoing.visit(),
        order=outgoing.status(status=""),
        images=ImagesFacts(study_instance_uids=uids, number_of_instances=12, viewer_url=LINK),
    )


def test_each_study_the_link_and_how_many() -> None:
    message = Message(written("1.2", "1.3"))
    values = [(s.raw(2), s.components(5)[0][0]) for s in message.all("OBX")]
    assert values == [("HD", "1.2"), ("HD", "1.3"), ("RP", LINK), ("NM", "12")]
    assert (message.get("OBR-25"), message.get("OBR-18")) == ("I", "A1")


def test_every_segment_is_valid_by_the_standard() -> None:
    assert invalid_segments(written("1.2")) == []


def test_without_images_nothing_is_told() -> None:
    with pytest.raises(Incomplete):
        written()
