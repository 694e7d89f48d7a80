"""Other archives that hold priors: asked by C-FIND, and by C-MOVE to ourselves (PS3.4 C)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from pydicom import Dataset
from pydicom.uid import ImplicitVRLittleEndian

from archive.prefetch.rules import Prior
from archive.requestor.association import Peer, Times, open_association
from archive.requestor.proposal import Wanted
from archive.requestor.searches import FIND, MOVE, Moved, c_find, c_move
from pacs_hub.access.queries import site

MOST_STUDIES: Final = 200
TIMES: Final = Times(connect=5.0, accept=15.0, answer=30.0)
MOVE_SECONDS: Final = 120.0
_SYNTAXES: Final = (str(ImplicitVRLittleEndian),)


def find_priors(peer: Peer, identifiers: list[tuple[str, str]]) -> list[Prior]:
    """Return what a peer holds of a patient, known there by one of these values and issuers.

    An answer that names another issuer, or another ID, is of somebody else; one without issuer
    means the site's own.

    Raises:
        PeerAway: it cannot be asked.
    """
    found: dict[str, Prior] = {}
    own = site().default_issuer
    for value, issuer in identifiers:
        with open_association(peer, contexts=[_context(FIND)], times=TIMES) as association:
            answers = c_find(association, _asked(value), limit=MOST_STUDIES)
            for answer in answers:
                if _whose(answer, own) == (value, issuer):
                    prior = _prior(answer, peer.ae_title)
                    found.setdefault(prior.study_instance_uid, prior)
    found.pop("", None)
    return list(found.values())


def move_here(peer: Peer, study_instance_uid: str, *, ours: str) -> Moved:
    """Have a peer send us a study.

    Raises:
        PeerAway: it cannot be asked, or stopped answering.
    """
    identifier = Dataset()
    identifier.QueryRetrieveLevel = "STUDY"
    identifier.StudyInstanceUID = study_instance_uid
    with open_association(peer, contexts=[_context(MOVE)], times=TIMES) as association:
        return c_move(association, identifier, destination=ours, seconds=MOVE_SECONDS)


def _context(sop_class_uid: str) -> Wanted:
    return Wanted(abstract_syntax=sop_class_uid, transfer_syntaxes=_SYNTAXES)


def _asked(patient_id: str) -> Dataset:
    identifier = Dataset()
    identifier.QueryRetrieveLevel = "STUDY"
    identifier.PatientID = patient_id
    for keyword in (
        "IssuerOfPatientID",
        "StudyInstanceUID",
        "StudyDate",
        "ModalitiesInStudy",
        "BodyPartExamined",
    ):
        setattr(identifier, keyword, "")
    return identifier


def _whose(answer: Dataset, default_issuer: str) -> tuple[str, str]:
    value = str(answer.get("PatientID", "") or "").strip()
    return value, str(answer.get("IssuerOfPatientID", "") or default_issuer).strip()


def _prior(answer: Dataset, source: str) -> Prior:
    return Prior(
        study_instance_uid=str(answer.get("StudyInstanceUID", "") or "").strip(),
        study_date=_date(str(answer.get("StudyDate", ""))),
        modalities=_several(answer, "ModalitiesInStudy"),
        body_parts=_several(answer, "BodyPartExamined"),
        source=source,
    )


def _several(answer: Dataset, keyword: str) -> frozenset[str]:
    value = answer.get(keyword, "") or ""
    values = [value] if isinstance(value, str) else list(value)
    return frozenset(str(each).strip() for each in values if str(each).strip())


def _date(text: str) -> date | None:
    try:
        return datetime.strptime(text.strip(), "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None
