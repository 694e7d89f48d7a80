"""/api/messages/ and /api/charges/: what went between the systems, and what it cost."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from integrations.billing import queries as billing
from integrations.billing.models import Charge
from integrations.hl7.inbox import recovery
from integrations.hl7.inbox.current import routes
from integrations.hl7.journal import NoSuchMessage
from integrations.hl7.outbound import services as outbound
from integrations.web import listing, message_rows
from integrations.web.listing import IN, OUT, Place
from integrations.web.serializers import (
    ChargeFilterIn,
    ChargeOut,
    MessageFilterIn,
    MessageOut,
    MessageTextIn,
    MessageTextOut,
)
from pacs_hub.access.drf import asked_for, audit_change, audit_search, audit_view, principal_of
from pacs_hub.kernel import clock


class MessageViews(GenericViewSet[Any]):
    """HL7 messages in and out; ids are in-1, out-1."""

    resource = "messages"
    serializer_class = MessageOut
    lookup_value_regex = r"(in|out)-\d+"

    @extend_schema(parameters=[MessageFilterIn], responses=MessageOut(many=True))
    def list(self, request: Request) -> Response:
        """Return the messages that pass the filters, latest first."""
        asked = MessageFilterIn(data=asked_for(request))
        asked.is_valid(raise_exception=True)
        page = self.paginate_queryset(message_rows.keys(asked.search()))
        audit_search(request, object_type="message")
        shown = self.get_serializer(message_rows.rows(page or []), many=True)
        return self.get_paginated_response(shown.data)

    @extend_schema(parameters=[MessageTextIn], responses=MessageTextOut)
    @action(detail=False, methods=["get"], url_path="search")
    def search(self, request: Request) -> Response:
        """Look for text inside messages, latest first; `older` goes on where it stopped."""
        asked = MessageTextIn(data=asked_for(request))
        asked.is_valid(raise_exception=True)
        words = asked.validated_data
        found = listing.with_text(
            asked.search(),
            words["text"],
            before=Place.of(words.get("before", "")),
            size=words["page_size"],
            now=clock.now(),
        )
        audit_search(request, object_type="message")
        rows = message_rows.rows(found.rows)
        return Response(MessageTextOut(found, context={"rows": rows}).data)

    @extend_schema(responses=MessageOut)
    def retrieve(self, request: Request, pk: str) -> Response:
        """Return one message."""
        direction, _, number = pk.partition("-")
        row = message_rows.row(direction=direction, message_id=int(number))
        audit_view(request, object_type="message", object_id=pk, patient_id=None)
        return Response(self.get_serializer(row).data)

    @extend_schema(request=None, responses=MessageOut)
    @action(detail=True, methods=["post"])
    def replay(self, request: Request, pk: str) -> Response:
        """Apply a message that came in once more; its sender is not answered again."""
        message_id = _number(pk, IN)
        with transaction.atomic():
            row = recovery.replay(message_id=message_id, routes=routes())
            self._audit(request, pk, "replayed")
        return Response(self.get_serializer(message_rows.of_inbound(row)).data)

    @extend_schema(request=None, responses=MessageOut)
    @action(detail=True, methods=["post"])
    def resend(self, request: Request, pk: str) -> Response:
        """Send a refused or given-up message again; the answer is the new message."""
        message_id = _number(pk, OUT)
        with transaction.atomic():
            row = outbound.resend(outbound_id=message_id)
            self._audit(request, pk, f"sent again as {row.pk}")
        return Response(self.get_serializer(message_rows.of_outbound(row)).data)

    def _audit(self, request: Request, pk: str, detail: str) -> None:
        audit_change(request, object_type="message", object_id=pk, patient_id=None, detail=detail)


def _number(name: str, direction: str) -> int:
    given, _, number = name.partition("-")
    if given != direction:
        raise NoSuchMessage(f"only messages that went {direction} can do that")
    return int(number)


class ChargeViews(GenericViewSet[Charge]):
    """Charges, captured once each."""

    resource = "charges"
    serializer_class = ChargeOut
    lookup_value_regex = r"\d+"

    @extend_schema(parameters=[ChargeFilterIn], responses=ChargeOut(many=True))
    def list(self, request: Request) -> Response:
        """Return the charges, newest first; of one exam where it is named."""
        asked = ChargeFilterIn(data=asked_for(request))
        asked.is_valid(raise_exception=True)
        exam_id = asked.validated_data.get("exam")
        rows = billing.charges(principal=principal_of(request), exam_id=exam_id)
        page = self.paginate_queryset(rows)
        audit_search(request, object_type="charge")
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(responses=ChargeOut)
    def retrieve(self, request: Request, pk: str) -> Response:
        """Return one charge."""
        charge = billing.charge(int(pk))
        patient_id = charge.exam.patient_id
        audit_view(request, object_type="charge", object_id=pk, patient_id=patient_id)
        return Response(self.get_serializer(charge).data)
