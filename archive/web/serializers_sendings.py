"""How sendings look over REST, and how one is asked for."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from archive.forwarding.queries import LaneView
from archive.forwarding.rules import BASIC, RETAIN, SYNTAXES
from archive.models import Sending, SendingItem


class SendingQuery(serializers.Serializer[Any]):
    """Filters of the list."""

    state = serializers.CharField(required=False, default="")
    destination = serializers.CharField(required=False, default="")
    study_instance_uid = serializers.CharField(required=False, default="")


class SendingIn(serializers.Serializer[Any]):
    """What is to be sent: a study, or a series of it, or instances of that series."""

    study_instance_uid = serializers.CharField(max_length=64)
    series_instance_uid = serializers.CharField(max_length=64, required=False, default="")
    sop_instance_uids = serializers.ListField(
        child=serializers.CharField(max_length=64), required=False, default=list, max_length=10_000
    )
    destination = serializers.CharField(max_length=16, help_text="AE title of a configured peer")
    transfer_syntax = serializers.ChoiceField(
        list(SYNTAXES), required=False, default="", allow_blank=True
    )
    anonymise = serializers.ChoiceField([BASIC], required=False, default="", allow_blank=True)
    retain = serializers.ListField(
        child=serializers.ChoiceField(list(RETAIN)), required=False, default=list
    )
    burned_in = serializers.BooleanField(required=False, default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Instances are named together with their series."""
        if attrs["sop_instance_uids"] and not attrs["series_instance_uid"]:
            raise serializers.ValidationError(
                {"series_instance_uid": ["name the series of the instances"]}
            )
        return attrs


class SendingOut(serializers.Serializer[Sending]):
    """One study on its way to one peer."""

    id = serializers.CharField(source="pk")
    reason = serializers.CharField(source="request_key")
    study_instance_uid = serializers.CharField(source="study.study_instance_uid")
    destination = serializers.CharField(source="ae_title")
    transfer_syntax = serializers.CharField()
    anonymise = serializers.CharField()
    retain = serializers.ListField()
    state = serializers.CharField()
    number_of_objects = serializers.IntegerField(source="number_of_items")
    number_sent = serializers.IntegerField()
    number_of_warnings = serializers.IntegerField()
    number_failed = serializers.IntegerField()
    attempts = serializers.IntegerField()
    next_attempt_at = serializers.DateTimeField()
    error_code = serializers.CharField()
    error = serializers.CharField(source="error_text")
    requested_by = serializers.CharField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class SendingItemOut(serializers.Serializer[SendingItem]):
    """One object that the peer refused, or took with a warning."""

    sop_instance_uid = serializers.CharField(source="instance.sop_instance_uid")
    state = serializers.CharField()
    status = serializers.IntegerField(allow_null=True)
    error = serializers.CharField(source="error_text")


class LaneOut(serializers.Serializer[LaneView]):
    """What waits for one peer."""

    destination = serializers.CharField(source="ae_title")
    sendings = serializers.IntegerField()
    objects = serializers.IntegerField()
    oldest = serializers.DateTimeField(allow_null=True)
    objects_a_minute = serializers.FloatField()
    open_until = serializers.DateTimeField(allow_null=True)
    error = serializers.CharField(source="error_text")
