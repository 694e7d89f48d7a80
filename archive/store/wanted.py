"""Which objects the site wants at all, and whom they name at a glance; pure."""

from __future__ import annotations

from datetime import date

from archive.store.policy import REFUSE, Policies
from archive.store.rules import Header, text_of
from pacs_hub.kernel.errors import Malformed

PatientKey = tuple[str, str, str | None, str]
"""Patient ID, issuer, birth date (ISO 8601) and sex, as a study's row has them."""


class UnknownSopClass(Malformed):
    """The SOP class is not one that the site stores."""

    code = "unknown-sop-class"


class MissingPatientId(Malformed):
    """The object has no patient ID, and the site does not want it so."""

    code = "missing-patient-id"


def check_wanted(header: Header, sop_class_uid: str, policies: Policies) -> None:
    """Refuse an object that the policies do not want.

    Raises:
        UnknownSopClass: nobody knows that class.
        MissingPatientId: the object names no patient.
    """
    if not policies.takes(sop_class_uid):
        raise UnknownSopClass(f"we do not store SOP class {sop_class_uid}", field="SOPClassUID")
    if policies.missing_patient_id == REFUSE and not text_of(header, "PatientID", 64):
        raise MissingPatientId("the object has no patient ID", field="PatientID")


def patient_key(header: Header) -> PatientKey | None:
    """Return what says at a glance that two headers mean one patient; None without an ID."""
    patient_id = text_of(header, "PatientID", 64)
    if not patient_id:
        return None
    born = text_of(header, "PatientBirthDate", 10)
    try:
        day = date(int(born[:4]), int(born[4:6]), int(born[6:])).isoformat() if born else None
    except ValueError:
        day = None
    issuer = text_of(header, "IssuerOfPatientID", 64)
    return patient_id, issuer, day, text_of(header, "PatientSex", 16)
