"""/api/prefetches/: the priors that were asked for, and what came of it."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from archive.models import PrefetchRequest
from archive.prefetch import queries
from archive.web.serializers_prefetches import PrefetchOut, PrefetchQuery
from pacs_hub.access.drf import asked_for, audit_search


class PrefetchViews(GenericViewSet[PrefetchRequest]):
    """Requests for the priors of exams to come."""

    resource = "sendings"
    serializer_class = PrefetchOut

    @extend_schema(parameters=[PrefetchQuery], responses=PrefetchOut(many=True))
    def list(self, request: Request) -> Response:
        """Return the requests that pass the filter, latest first."""
        asked = PrefetchQuery(data=asked_for(request))
        asked.is_valid(raise_exception=True)
        rows = queries.requests(state=asked.validated_data["state"])
        page = self.paginate_queryset(rows.prefetch_related("fetched"))
        audit_search(request, object_type="prefetch")
        return self.get_paginated_response(self.get_serializer(page, many=True).data)
