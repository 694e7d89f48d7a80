"""A step that started or ended to ORM^O01 with ORC-1 SC, RAD-3 Order Status Update."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from integrations.hl7.maps import names, outgoing, times
from integrations.hl7.maps.outgoing import Envelope, Incomplete, Person, Visit
from integrations.hl7.message import build_message, build_segment

ORDER_STATUS: Final[dict[str, str]] = {
    "in_progress": "IP",
    "completed": "CM",
    "discontinued": "DC",
    "cancelled": "CA",
}
"""Status of an exam to ORC-5 (table 0038)."""


@dataclass(frozen=True, kw_only=True)
class StatusFacts:
    """The order that changed, and since when."""

    status: str
    at: datetime
    placer_order_number: str
    placer_namespace: str
    filler_order_number: str
    filler_namespace: str
    accession_number: str
    requested_procedure_id: str
    study_instance_uid: str
    code: str
    scheme: str
    name: str
    modality: str
    started_at: datetime | None
    ordering_provider_id: str
    ordering_provider_name: str


def orm_o01(*, envelope: Envelope, person: Person, visit: Visit, order: StatusFacts) -> str:
    """Write the whole message.

    Raises:
        Incomplete: nothing says which order it is about.
    """
    if not (order.placer_order_number or order.filler_order_number):
        raise Incomplete("the order has no number", field="ORC-2")
    at = times.written(order.at, zone=envelope.zone)
    placer = (order.placer_order_number, order.placer_namespace)
    filler = (order.filler_order_number, order.filler_namespace)
    provider = (
        names.xcn(order.ordering_provider_id, order.ordering_provider_name)
        if order.ordering_provider_id or order.ordering_provider_name
        else ""
    )
    started = times.written(order.started_at, zone=envelope.zone) if order.started_at else ""
    return build_message(
        [
            outgoing.header(envelope, code="ORM", event="O01", structure="ORM_O01"),
            outgoing.patient(person),
            outgoing.visit(visit),
            build_segment(
                "ORC", {1: "SC", 2: placer, 3: filler, 5: order.status, 9: at, 12: provider}
            ),
            build_segment(
                "OBR",
                {
                    1: "1",
                    2: placer,
                    3: filler,
                    4: (order.code, order.name, order.scheme),
                    7: started,
                    16: provider,
                    18: order.accession_number,
                    19: order.requested_procedure_id,
                    24: order.modality,
                },
            ),
            build_segment("ZDS", {1: (order.study_instance_uid, "", "Application", "DICOM")}),
        ]
    )
