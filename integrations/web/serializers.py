"""How messages and charges look over REST."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from integrations.billing.models import Charge, ChargeLine
from integrations.web.message_rows import MessageRow
from pacs_hub.access.drf import LARGEST_ID

DIRECTIONS = (("in", "in"), ("out", "out"))


class MessageFilterIn(serializers.Serializer[Any]):
    """Filters of the message list."""

    direction = serializers.ChoiceField(DIRECTIONS, required=False)
    peer = serializers.CharField(required=False)
    type = serializers.CharField(required=False, help_text="such as ORM^O01")
    control_id = serializers.CharField(required=False, help_text="MSH-10")
    state = serializers.CharField(required=False)
    ack_code = serializers.CharField(required=False, help_text="MSA-1")
    q = serializers.CharField(required=False)


class ChargeFilterIn(serializers.Serializer[Any]):
    """Filters of the charge list."""

    exam = serializers.IntegerField(required=False, max_value=LARGEST_ID)


class MessageOut(serializers.Serializer[MessageRow]):
    """One message, in or out."""

    id = serializers.CharField()
    direction = serializers.ChoiceField(DIRECTIONS)
    peer = serializers.CharField()
    type = serializers.CharField()
    control_id = serializers.CharField()
    state = serializers.CharField()
    ack_code = serializers.CharField()
    error = serializers.CharField()
    attempts = serializers.IntegerField()
    next_attempt_at = serializers.DateTimeField(allow_null=True)
    received_at = serializers.DateTimeField()
    raw = serializers.CharField()
    effects = serializers.ListField(child=serializers.DictField())


class ChargeLineOut(serializers.Serializer[ChargeLine]):
    """One billed code."""

    code = serializers.CharField()
    scheme = serializers.CharField()
    text = serializers.CharField()
    cpt = serializers.CharField()
    quantity = serializers.IntegerField()


class ChargeOut(serializers.Serializer[Charge]):
    """The charge for one component of one exam."""

    id = serializers.CharField(source="pk")
    exam = serializers.CharField(source="exam_id")
    accession_number = serializers.CharField(source="exam.accession_number")
    component = serializers.CharField()
    state = serializers.CharField()
    hold_reason = serializers.CharField()
    transaction_id = serializers.CharField()
    service_at = serializers.DateTimeField()
    captured_at = serializers.DateTimeField()
    acknowledged_at = serializers.DateTimeField(allow_null=True)
    lines = ChargeLineOut(many=True)
