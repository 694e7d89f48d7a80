"""Gather what a message must say, and find messages that go out; reads only."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from archive.models import Patient
from integrations.billing.models import Charge, ChargeState
from integrations.hl7.journal import NoSuchMessage, Wanted
from integrations.hl7.maps.charge2dft import ChargeFacts, LineFacts
from integrations.hl7.maps.outgoing import Person, Visit
from integrations.hl7.maps.step2status import StatusFacts
from integrations.hl7.outbound.models import UNSETTLED, OutboundMessage
from pacs_hub.outbox import leases
from worklist.models import Exam


def messages(wanted: Wanted) -> QuerySet[OutboundMessage]:
    """Return the messages that go out, latest first, without their bytes."""
    rows = OutboundMessage.objects.defer("body", "ack_body").filter(
        **wanted.columns(peer="peer_name", state="state")
    )
    if wanted.q:
        rows = rows.filter(
            Q(control_id=wanted.q)
            | Q(peer_name__icontains=wanted.q)
            | Q(message_type__icontains=wanted.q)
        )
    return rows.order_by("-created_at", "-pk")


def message(message_id: int) -> OutboundMessage:
    """Return one message with its bytes.

    Raises:
        NoSuchMessage: there is none.
    """
    rows = OutboundMessage.objects.select_related("exam", "resend_of")
    row = rows.filter(pk=message_id).first()
    if row is None:
        raise NoSuchMessage("no such message")
    return row


def due(*, now: datetime) -> QuerySet[OutboundMessage]:
    """Return what may be sent now: the oldest open message of each peer and stream."""
    earlier = OutboundMessage.objects.filter(
        state__in=UNSETTLED,
        peer_name=OuterRef("peer_name"),
        stream=OuterRef("stream"),
        pk__lt=OuterRef("pk"),
    )
    return (
        OutboundMessage.objects.filter(
            ~Exists(earlier), state__in=UNSETTLED, next_attempt_at__lte=now
        )
        .filter(leases.free(now))
        .order_by("pk")
    )


def peers_in_use(*, now: datetime) -> set[str]:
    """Return the peers somebody is sending to at this moment: one conversation each."""
    held = OutboundMessage.objects.filter(state__in=UNSETTLED, claimed_until__gt=now)
    return set(held.values_list("peer_name", flat=True))


def charges_never_queued() -> QuerySet[Charge]:
    """Return the ready charges no message was written for, oldest first."""
    queued = OutboundMessage.objects.filter(charge=OuterRef("pk"))
    return Charge.objects.filter(~Exists(queued), state=ChargeState.READY).order_by("pk")


def exam_for_message(exam_id: int) -> Exam:
    """Return the exam with all that a message tells of it."""
    return (
        Exam.objects.select_related("patient__survivor", "requested_procedure__order")
        .prefetch_related("patient__identifiers", "patient__survivor__identifiers")
        .get(pk=exam_id)
    )


def person(patient: Patient, *, account_number: str = "") -> Person:
    """Return the patient, or who they were merged into."""
    survivor = patient.survivor or patient
    rows = sorted(survivor.identifiers.all(), key=lambda row: row.pk)
    return Person(
        identifiers=tuple((row.value, row.issuer, row.type_code) for row in rows),
        name=survivor.name,
        birth_date=survivor.birth_date,
        sex=survivor.sex,
        account_number=account_number or survivor.account_number,
    )


def visit(exam: Exam) -> Visit:
    """Return the visit of the exam's order."""
    order = exam.requested_procedure.order
    return Visit(
        patient_class=order.patient_class,
        location=order.location,
        visit_number=order.visit_number,
        referring_physician_name=order.referring_physician_name,
    )


def status_facts(exam: Exam, *, status: str, at: datetime) -> StatusFacts:
    """Return what an order status message says of the exam."""
    order = exam.requested_procedure.order
    return StatusFacts(
        status=status,
        at=at,
        placer_order_number=order.placer_order_number,
        placer_namespace=order.placer_namespace,
        filler_order_number=order.filler_order_number or exam.accession_number,
        filler_namespace=order.filler_namespace,
        accession_number=exam.accession_number,
        requested_procedure_id=exam.requested_procedure_number,
        study_instance_uid=exam.study_instance_uid,
        code=exam.procedure_code,
        scheme=exam.procedure_scheme,
        name=exam.procedure_name,
        modality=exam.modality,
        started_at=exam.started_at,
        ordering_provider_id=order.ordering_provider_id,
        ordering_provider_name=order.ordering_provider_name,
    )


def charge_facts(charge: Charge, exam: Exam) -> ChargeFacts:
    """Return what a charge message says: performed by the station, for the ordering provider."""
    order = exam.requested_procedure.order
    return ChargeFacts(
        transaction_id=charge.transaction_id,
        service_at=charge.service_at,
        filler_order_number=order.filler_order_number or exam.accession_number,
        performed_by_id=exam.station_ae_title,
        performed_by_name=exam.station_name,
        ordering_provider_id=order.ordering_provider_id,
        ordering_provider_name=order.ordering_provider_name,
        lines=tuple(
            LineFacts(
                code=line.code,
                scheme=line.scheme,
                text=line.text,
                cpt=line.cpt,
                quantity=line.quantity,
            )
            for line in charge.lines.order_by("pk")
        ),
    )
