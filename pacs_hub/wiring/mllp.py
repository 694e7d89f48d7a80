"""Which HL7 v2 message goes where: (MSH-9.1, MSH-9.2) to the door that applies it."""

from __future__ import annotations

from typing import Final

from integrations.hl7.inbound import (
    accounts,
    adt,
    appointments,
    charges,
    documents,
    identity,
    links,
    merges,
    orders,
    people,
    results,
    stays,
    visit_numbers,
    visits,
)
from integrations.hl7.inbox.rules import Routes
from integrations.hl7.maps import mdm2document, siu2appointment
from integrations.hl7.outbound import arriving

OF_PATIENT_AND_VISIT: Final = [
    "A01",
    "A02",
    "A03",
    "A04",
    "A05",
    "A06",
    "A07",
    "A08",
    "A09",
    "A11",
    "A14",
    "A15",
    "A16",
    "A25",
    "A26",
]
OF_PATIENT: Final = ["A28", "A31", "A60"]
OF_TWO_PATIENTS: Final = ["A40", "A39", "A34", "A36", "A18"]
OF_VISIT: Final = ["A10", "A12", "A13", "A21", "A22", "A23", "A27", "A38"]
OF_ACCOUNT: Final = ["P01", "P05", "P06", "P10", "P12"]

ROUTES: Final[Routes] = {
    **{("ADT", event): adt.register for event in OF_PATIENT_AND_VISIT},
    **{("ADT", event): adt.register for event in OF_PATIENT},
    **{("ADT", event): merges.merge for event in OF_TWO_PATIENTS},
    ("ADT", "A47"): identity.change,
    ("ADT", "A43"): identity.move,
    ("ADT", "A29"): identity.delete,
    ("ADT", "A24"): links.link,
    ("ADT", "A37"): links.unlink,
    **{("ADT", event): visits.receive for event in OF_VISIT},
    ("ADT", "A44"): visit_numbers.move_account,
    ("ADT", "A45"): visit_numbers.move_visits,
    **{("ADT", event): visit_numbers.change_account for event in ("A49", "A41", "A35")},
    ("ADT", "A50"): visit_numbers.change_visit,
    ("ADT", "A51"): visit_numbers.change_alternate,
    **{("SIU", event): appointments.receive for event in siu2appointment.COMMANDS},
    **{("BAR", event): accounts.receive for event in OF_ACCOUNT},
    ("BAR", "P02"): accounts.purge,
    ("ORM", "O01"): orders.receive,
    ("OMG", "O19"): orders.receive,
    ("OMI", "O23"): orders.receive,
    ("QBP", "Q22"): people.find_people,
    ("QBP", "Q23"): people.cross_references,
    ("QBP", "ZV1"): stays.find_stays,
    ("QCN", "J01"): people.forget,
    ("QRY", "A19"): stays.find_as_before,
    ("ORU", "R01"): results.receive,
    **{("MDM", event): documents.receive for event in mdm2document.EVENTS},
    ("DFT", "P03"): charges.receive,
    ("ACK", "*"): arriving.receive,
    ("MCF", "*"): arriving.receive,
}
