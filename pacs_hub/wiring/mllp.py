"""Which HL7 v2 message goes where: (MSH-9.1, MSH-9.2) to the door that applies it."""

from __future__ import annotations

from typing import Final

from integrations.hl7.inbound import adt, charges, documents, orders, queries, results
from integrations.hl7.inbox.rules import Routes
from integrations.hl7.outbound import arriving

ROUTES: Final[Routes] = {
    ("ADT", "A01"): adt.register,
    ("ADT", "A04"): adt.register,
    ("ADT", "A05"): adt.register,
    ("ADT", "A08"): adt.register,
    ("ADT", "A28"): adt.register,
    ("ADT", "A31"): adt.register,
    ("ORM", "O01"): orders.receive,
    ("OMG", "O19"): orders.receive,
    ("OMI", "O23"): orders.receive,
    ("QBP", "Q22"): queries.find_people,
    ("QBP", "Q23"): queries.cross_references,
    ("QCN", "J01"): queries.forget,
    ("ORU", "R01"): results.receive,
    **{("MDM", event): documents.receive for event in documents.EVENTS},
    ("DFT", "P03"): charges.receive,
    ("ACK", "*"): arriving.receive,
    ("MCF", "*"): arriving.receive,
}
