"""What a linked study's objects say of their order, where that is not what they said."""

from __future__ import annotations

from typing import Any, Final

from archive.corrections.rules import same_name
from archive.dicom.json_model import Json, text_value
from archive.models import Study
from worklist.exams.models import Exam
from worklist.orders.models import RequestedProcedure

SOURCE: Final = "worklist"
_ACCESSION, _ISSUER, _REFERRING = "00080050", "00080051", "00080090"
_REQUEST: Final = "00400275"


def order_block(study: Study, exam: Exam) -> dict[str, Json]:
    """Return the order's attributes (DICOM JSON by tag) that differ from the study as received.

    The request is replaced with the accession number: a header with another number speaks of
    another order, or of none.
    """
    procedure = RequestedProcedure.objects.select_related("order").filter(exam=exam).first()
    issuer = {"00400031": text_value("UT", [exam.issuer_of_accession_number])}
    out: dict[str, Json] = {}
    if study.accession_number != exam.accession_number:
        out[_ACCESSION] = text_value("SH", [exam.accession_number])
        out[_ISSUER] = _sequence(issuer)
        out[_REQUEST] = _sequence(_request(exam, procedure, issuer))
    elif study.accession_issuer and study.accession_issuer[0] != exam.issuer_of_accession_number:
        out[_ISSUER] = _sequence(issuer)
    referring = procedure.order.referring_physician_name if procedure else ""
    if referring and not same_name(study.referring_physician_name, referring):
        out[_REFERRING] = text_value("PN", [referring])
    return out


def _request(exam: Exam, procedure: RequestedProcedure | None, issuer: Json) -> Json:
    item = {
        _ACCESSION: text_value("SH", [exam.accession_number]),
        _ISSUER: _sequence(issuer),
        "00401001": text_value("SH", [exam.requested_procedure_number]),
    }
    if procedure is not None:
        item["00321060"] = text_value("LO", [procedure.description[:64]])
    return dict(sorted(item.items()))


def _sequence(item: dict[str, Any]) -> Json:
    return {"vr": "SQ", "Value": [item]}
