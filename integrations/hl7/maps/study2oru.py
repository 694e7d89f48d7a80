"""Images that were linked to an exam to ORU^R01 "images available", with the viewer's address.

HL7 v2.5.1 7.3.1; RP 2.A.66. OBR-25 stays I: there are images, and no result yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from integrations.hl7.maps import outgoing, times
from integrations.hl7.maps.outgoing import Envelope, Incomplete, Person, Visit
from integrations.hl7.maps.result2oru import STUDY, observation
from integrations.hl7.maps.step2status import StatusFacts, common_order, observation_request
from integrations.hl7.message import Value, build_message

AVAILABLE: Final = "I"  # table 0123: no results available
VIEWER: Final = ("VIEWER", "Images in the viewer", "99PACSHUB")
COUNT: Final = ("NINSTANCES", "Number of images", "99PACSHUB")


@dataclass(frozen=True, kw_only=True)
class ImagesFacts:
    """Where the images of an exam are."""

    study_instance_uids: tuple[str, ...]
    number_of_instances: int
    viewer_url: str


def oru_r01_images(
    *, envelope: Envelope, person: Person, visit: Visit, order: StatusFacts, images: ImagesFacts
) -> str:
    """Write the whole message.

    Raises:
        Incomplete: there are no images, or nothing says which order it is about.
    """
    if not images.study_instance_uids or not images.viewer_url:
        raise Incomplete("there is no study to tell of", field="OBX-5")
    at = times.written(order.at, zone=envelope.zone)
    kind = "HD" if envelope.since("2.3") else "ST"
    link = (images.viewer_url, outgoing.SENDING_APPLICATION, "text", "html")
    rows: list[tuple[str, tuple[str, str, str], Value]] = [
        *((kind, STUDY, uid) for uid in images.study_instance_uids),
        ("RP", VIEWER, link),
        ("NM", COUNT, str(images.number_of_instances)),
    ]
    return build_message(
        [
            outgoing.header(envelope, code="ORU", event="R01", structure="ORU_R01"),
            outgoing.patient(person, version=envelope.version),
            outgoing.visit(visit, envelope),
            common_order(order, envelope, control="SC"),
            observation_request(order, envelope, more={22: at, 25: AVAILABLE}),
            *(
                observation(number, kind, code, value, status="F", at=at)
                for number, (kind, code, value) in enumerate(rows, start=1)
            ),
        ]
    )
