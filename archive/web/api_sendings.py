"""/api/sendings/: what is sent on, by rule and by hand."""

from __future__ import annotations

from collections.abc import Callable

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from archive.forwarding import queries, services
from archive.forwarding.services import How
from archive.models import Instance, Sending
from archive.retrieve.plan import Target, instance, instances
from archive.web.serializers_sendings import (
    LaneOut,
    SendingIn,
    SendingItemOut,
    SendingOut,
    SendingQuery,
)
from pacs_hub.access.drf import asked_for, audit_search, audit_view, origin_of, principal_of
from pacs_hub.access.permissions import Principal
from pacs_hub.kernel import clock


class SendingViews(GenericViewSet[Sending]):
    """Studies on their way to peers."""

    resource = "sendings"
    serializer_class = SendingOut
    lookup_value_regex = r"\d{1,18}"

    @extend_schema(parameters=[SendingQuery], responses=SendingOut(many=True))
    def list(self, request: Request) -> Response:
        """Return the sendings that pass the filters, latest first."""
        asked = SendingQuery(data=asked_for(request))
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        rows = queries.sendings(
            principal=principal_of(request),
            state=wanted["state"],
            ae_title=wanted["destination"],
            study_instance_uid=wanted["study_instance_uid"],
        )
        page = self.paginate_queryset(rows)
        audit_search(request, object_type="sending")
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(responses=SendingOut)
    def retrieve(self, request: Request, pk: str) -> Response:
        """Return one sending."""
        row = queries.sending(principal=principal_of(request), sending_id=int(pk))
        audit_view(request, object_type="sending", object_id=pk, patient_id=row.study.patient_id)
        return Response(self.get_serializer(row).data)

    @extend_schema(request=SendingIn, responses={201: SendingOut})
    def create(self, request: Request) -> Response:
        """Send a study, a series or instances to a peer."""
        asked = SendingIn(data=request.data)
        asked.is_valid(raise_exception=True)
        body = asked.validated_data
        (row,) = services.send_by_hand(
            instances=_chosen(body, principal_of(request)),
            ae_title=body["destination"],
            how=How(
                transfer_syntax=body["transfer_syntax"],
                anonymise=body["anonymise"],
                retain=tuple(sorted(body["retain"])),
                burned_in=body["burned_in"],
            ),
            origin=origin_of(request),
            role=principal_of(request).role,
        )
        return Response(self.get_serializer(row).data, status=201)

    @extend_schema(responses=SendingItemOut(many=True))
    @action(detail=True, serializer_class=SendingItemOut)
    def problems(self, request: Request, pk: str) -> Response:
        """Return the objects that the peer refused, or took with a warning."""
        row = queries.sending(principal=principal_of(request), sending_id=int(pk))
        page = self.paginate_queryset(queries.failed_items(row.pk))  # type: ignore[arg-type]
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(responses=LaneOut(many=True))
    @action(detail=False, serializer_class=LaneOut)
    def lanes(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """Return what waits for each peer, how fast it goes, and what it last complained of."""
        page = self.paginate_queryset(queries.lanes(now=clock.now()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(request=None, responses=SendingOut)
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str) -> Response:
        """Send now what is left, and again what was refused."""
        return self._act(request, pk, services.retry)

    @extend_schema(request=None, responses=SendingOut)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: str) -> Response:
        """Send nothing more of it until it is resumed."""
        return self._act(request, pk, services.pause)

    @extend_schema(request=None, responses=SendingOut)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str) -> Response:
        """Go on with a paused one."""
        return self._act(request, pk, services.resume)

    @extend_schema(request=None, responses=SendingOut)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Send nothing more of it, also nothing that comes late."""
        return self._act(request, pk, services.cancel)

    def _act(self, request: Request, pk: str, act: Callable[..., Sending]) -> Response:
        principal = principal_of(request)
        row = queries.sending(principal=principal, sending_id=int(pk))
        row = act(sending_id=row.pk, origin=origin_of(request), role=principal.role)
        return Response(self.get_serializer(row).data)


def _chosen(body: dict[str, object], principal: Principal) -> list[Instance]:
    """Return the instances that are meant.

    Raises:
        Unknown: one of them is not here, or not for this caller.
    """
    study, series = str(body["study_instance_uid"]), str(body["series_instance_uid"])
    names = body["sop_instance_uids"]
    assert isinstance(names, list)
    if not names:
        return instances(Target(study=study, series=series), principal=principal)
    targets = [Target(study=study, series=series, instance=name) for name in dict.fromkeys(names)]
    return [instance(target, principal=principal) for target in targets]
