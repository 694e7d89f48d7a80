"""General Hospital (simulated): its peers, stations and procedures, in the shape of a site file."""

from __future__ import annotations

from typing import Any, Final

FACILITY: Final = "GH"
NAME: Final = "General Hospital (simulated)"
LOOPBACK: Final = ["127.0.0.1", "::1"]
MODALITY_MAY: Final = ["echo", "store", "find", "worklist", "mpps", "commit"]


def _modality(ae_title: str) -> dict[str, Any]:
    return {
        "ae_title": ae_title,
        "host": "127.0.0.1",
        "port": 2603,
        "address": LOOPBACK,
        "may": MODALITY_MAY,
        "character_set": "ISO_IR 192",
    }


def _station(ae_title: str, modality: str, name: str, *procedures: str) -> dict[str, Any]:
    return {
        "ae_title": ae_title,
        "modality": modality,
        "name": name,
        "location": "Radiology",
        "procedures": list(procedures),
    }


def _sender(name: str, application: str) -> dict[str, Any]:
    return {
        "name": name,
        "direction": "in",
        "application": application,
        "facility": FACILITY,
        "address": LOOPBACK,
        "options": {"processing_ids": ["P", "T"]},
    }


def _receiver(name: str, application: str, port: int, *messages: str) -> dict[str, Any]:
    return {
        "name": name,
        "direction": "out",
        "application": application,
        "facility": FACILITY,
        "host": "127.0.0.1",
        "port": port,
        "messages": list(messages),
    }


def _procedure(
    code: str, name: str, modality: str, minutes: int, body_part: str, cpt: str, loinc: str
) -> dict[str, Any]:
    return {
        "code": code,
        "scheme": "L",
        "name": name,
        "modality": modality,
        "minutes": minutes,
        "body_part": body_part,
        "cpt": cpt,
        "loinc": loinc,
    }


DEMO_SITE: Final[dict[str, Any]] = {
    "site": {"name": NAME, "facility": FACILITY, "default_issuer": FACILITY},
    "dicom_peer": [_modality(title) for title in ("CT1", "CT2", "MR1", "XR1", "US1", "MG1")],
    "station": [
        _station("CT1", "CT", "CT room 1", "CTHEAD"),
        _station("CT2", "CT", "CT room 2", "CTABDPELC"),
        _station("MR1", "MR", "MR room 1", "MRBRAIN", "MRKNEE"),
        _station("XR1", "DX", "X-ray room 1", "XRCHEST", "XRHAND"),
        _station("US1", "US", "Ultrasound 1", "USABD"),
        _station("MG1", "MG", "Mammography 1", "MGSCREEN"),
    ],
    "hl7_peer": [
        _sender("HIS", "HIS"),
        _sender("READING", "READING"),
        _receiver("HIS", "HIS", 2601, "ORM^O01"),
        _receiver("BILLING", "BILLING", 2602, "DFT^P03"),
    ],
    "procedure": [
        _procedure("CTHEAD", "CT head without contrast", "CT", 15, "HEAD", "70450", "30799-1"),
        _procedure(
            "CTABDPELC", "CT abdomen and pelvis with contrast", "CT", 20, "ABDOMEN", "74177",
            "72249-3",
        ),
        _procedure("MRBRAIN", "MR brain without contrast", "MR", 30, "BRAIN", "70551", "24590-2"),
        _procedure("MRKNEE", "MR knee without contrast", "MR", 30, "KNEE", "73721", "24802-1"),
        _procedure("XRCHEST", "X-ray chest, one view", "DX", 5, "CHEST", "71045", "36572-6"),
        _procedure("XRHAND", "X-ray hand, two views or less", "DX", 5, "HAND", "73120", "37602-0"),
        _procedure("USABD", "Ultrasound abdomen complete", "US", 20, "ABDOMEN", "76700", "24558-9"),
        _procedure(
            "MGSCREEN", "Screening mammography, both sides", "MG", 15, "BREAST", "77067", "24606-6"
        ),
    ],
}  # fmt: skip


def station_of(procedure_code: str) -> str:
    """Return the AE title of the station that does a procedure."""
    return next(
        str(row["ae_title"]) for row in DEMO_SITE["station"] if procedure_code in row["procedures"]
    )
