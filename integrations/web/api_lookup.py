"""/api/patients/lookup/: who is this, asked of the hospital's patient index (PDQ, PIX)."""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from integrations.hl7.maps.patient2qbp import Wanted
from integrations.hl7.outbound.asking import LIMIT, ask_pdq, ask_pix
from pacs_hub.access.drf import asked_for, audit_search

MOST: Final = 100


class LookupIn(serializers.Serializer[Any]):
    """What is known of the person, and whose identifiers are wanted."""

    kind = serializers.ChoiceField(
        (("demographics", "PDQ"), ("identifiers", "PIX")), default="demographics"
    )
    identifier = serializers.CharField(required=False, max_length=64)
    issuer = serializers.CharField(required=False, max_length=64)
    family = serializers.CharField(required=False, max_length=64, help_text="* stands for any")
    given = serializers.CharField(required=False, max_length=64)
    birth_date = serializers.DateField(required=False)
    sex = serializers.ChoiceField((("F", "F"), ("M", "M"), ("O", "O")), required=False)
    account_number = serializers.CharField(required=False, max_length=64)
    domains = serializers.CharField(
        required=False, max_length=400, help_text="issuers whose identifiers are wanted, by comma"
    )
    peer = serializers.CharField(required=False, max_length=80, help_text="whom to ask")
    limit = serializers.IntegerField(default=LIMIT, min_value=1, max_value=MOST)


class CandidateIdentifierOut(serializers.Serializer[Any]):
    """An identifier and who issued it."""

    value = serializers.CharField()
    issuer = serializers.CharField()
    type = serializers.CharField()

    def to_representation(self, instance: tuple[str, str, str]) -> dict[str, str]:
        """Name the parts of an identifier."""
        return dict(zip(("value", "issuer", "type"), instance, strict=True))


class CandidateOut(serializers.Serializer[Any]):
    """Somebody the other system knows; nothing of it is kept here."""

    identifiers = CandidateIdentifierOut(many=True)
    name = serializers.CharField()
    birth_date = serializers.DateField(allow_null=True)
    sex = serializers.CharField()
    address = serializers.CharField()
    phone = serializers.CharField()
    account_number = serializers.CharField()


class LookupOut(serializers.Serializer[Any]):
    """Whom the other system knows that fits."""

    candidates = CandidateOut(many=True)
    more = serializers.BooleanField(help_text="there are more than were asked for")


class LookupViews(GenericViewSet[Any]):
    """Look a person up in another system."""

    resource = "schedule"  # of who plans exams: nobody who sees only their own patients
    serializer_class = LookupOut
    pagination_class = None

    @extend_schema(parameters=[LookupIn], responses=LookupOut)
    def list(self, request: Request) -> Response:
        """Ask the other system, and wait a few seconds for its answer."""
        asked = LookupIn(data=asked_for(request))
        asked.is_valid(raise_exception=True)
        said = dict(asked.validated_data)
        domains = tuple(d.strip() for d in said.pop("domains", "").split(",") if d.strip())
        kind, peer, limit = said.pop("kind"), said.pop("peer", ""), said.pop("limit")
        audit_search(request, object_type="patient", detail=f"asked elsewhere: {kind}")
        if kind == "identifiers":
            found = ask_pix(
                identifier=said.get("identifier", ""),
                issuer=said.get("issuer", ""),
                domains=domains,
                peer_name=peer,
            )
        else:
            found = ask_pdq(wanted=Wanted(**said), domains=domains, limit=limit, peer_name=peer)
        return Response(LookupOut(found).data)
