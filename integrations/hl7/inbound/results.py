"""Reports in, and the files they bring: ORU^R01 (RAD-28 style reports; HL7 v2.5.1 7.3.1)."""

from __future__ import annotations

from archive.documents import current
from archive.patients import queries as patients
from archive.storage.current import area
from integrations.hl7.inbound.context import Context, Effect, warning
from integrations.hl7.maps.adt2patient import patient_facts
from integrations.hl7.maps.oru2document import EmbeddedDocument
from integrations.hl7.maps.oru2result import reports
from integrations.hl7.message import Message
from pacs_hub.kernel.errors import Malformed
from worklist.documents.services import IncomingDocument, attach_to_exam
from worklist.models import Exam
from worklist.results import services as results
from worklist.results.queries import exam_of


def receive(message: Message, context: Context) -> tuple[Effect, ...]:
    """File every report of the message on its exam; one that fails fails the message."""
    site = context.site
    facts = patient_facts(message, default_issuer=site.default_issuer)
    found = (patients.find_by_identifier(value=i.value, issuer=i.issuer) for i in facts.identifiers)
    patient = next((known for known in found if known is not None), None)
    effects: list[Effect] = []
    for report in reports(message, zone=site.zone, now=context.received_at):
        if report.facts is None:
            effects.append(warning(f"OBR-25 {report.status}: there is no report yet"))
            continue
        filing = results.file_result(result=report.facts, patient=patient, origin=context.origin)
        result = filing.result
        if result is None:
            effects.append(warning(filing.text))
        elif result.exam_id is None:
            effects.append(Effect("report", result.pk, "report waits for its order"))
        else:
            effects.append(Effect("exam", result.exam_id, f"report filed as {result.status}"))
        exam = exam_of(report.facts) if report.documents else None
        if exam is not None:
            effects += [_attach(document, exam, context) for document in report.documents]
    return tuple(effects)


def _attach(document: EmbeddedDocument, exam: Exam, context: Context) -> Effect:
    """Attach a file to the exam of its report; a broken one is told, and the report stands.

    Its DICOM object is made later, when the message is applied and answered.
    """
    if document.error:
        return warning(f"{document.place}: {document.error}")
    try:
        row = attach_to_exam(
            exam=exam,
            document=IncomingDocument(
                content=[document.content], title=document.title, code=document.code
            ),
            area=area(),
            origin=context.origin,
            zone=context.site.zone,
            most_bytes=current.most_bytes(),
        )
    except Malformed as error:
        return warning(f"{document.place}: {error.text}")
    return Effect("document", row.document_id, "document attached")
