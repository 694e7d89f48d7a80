"""/api/peers/ and /api/audit/: who may talk to us, and who saw or changed what."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from pacs_hub.access import queries
from pacs_hub.access.drf import asked_for, audit_search
from pacs_hub.audit.models import AuditRow
from pacs_hub.audit.queries import AuditFilters, rows
from pacs_hub.site import peer_check
from pacs_hub.web.serializers import AuditIn, AuditOut, Peer, PeerAnswerOut, PeerOut


class PeerViews(GenericViewSet[Any]):
    """The configured peers; ids are dicom-1, hl7-1, fhir-1."""

    resource = "peers"
    serializer_class = PeerOut
    lookup_value_regex = r"(dicom|hl7|fhir)-\d+"

    @extend_schema(responses=PeerOut(many=True))
    def list(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """Return every configured peer."""
        every = [*queries.dicom_peers(), *queries.hl7_peers(), *queries.fhir_peers()]
        page = self.paginate_queryset(every)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(responses=PeerOut)
    def retrieve(self, request: Request, pk: str) -> Response:  # noqa: ARG002 - DRF's signature
        """Return one peer."""
        return Response(self.get_serializer(_peer(pk)).data)

    @extend_schema(request=None, responses=PeerAnswerOut)
    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: str) -> Response:  # noqa: ARG002 - DRF's signature
        """Ask the peer whether it is there: C-ECHO, MLLP connection or FHIR metadata."""
        answer = peer_check.ask(_peer(pk), own_ae_title=settings.HUB_AE_TITLE)
        return Response(PeerAnswerOut(answer).data)


def _peer(name: str) -> Peer:
    protocol, _, number = name.partition("-")
    return queries.peer_of_id(protocol, int(number))


class AuditViews(GenericViewSet[AuditRow]):
    """Who saw or changed what."""

    resource = "audit"
    serializer_class = AuditOut

    @extend_schema(parameters=[AuditIn], responses=AuditOut(many=True))
    def list(self, request: Request) -> Response:
        """Return the rows that pass the filters, latest first."""
        asked = AuditIn(data=asked_for(request))
        asked.is_valid(raise_exception=True)
        page = self.paginate_queryset(rows(AuditFilters(**asked.validated_data)))
        shown = self.get_serializer(page, many=True).data
        audit_search(request, object_type="audit")
        return self.get_paginated_response(shown)
