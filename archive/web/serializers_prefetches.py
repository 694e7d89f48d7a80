"""How requests for priors look over REST."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from archive.models import PrefetchedStudy, PrefetchRequest
from archive.prefetch.models import PrefetchState


class PrefetchQuery(serializers.Serializer[Any]):
    """Filters of the list."""

    state = serializers.ChoiceField(PrefetchState.choices, required=False, default="")


class PrefetchedStudyOut(serializers.Serializer[PrefetchedStudy]):
    """One prior that another archive was asked to send."""

    held_by = serializers.CharField(source="ae_title")
    study_instance_uid = serializers.CharField()
    is_here = serializers.BooleanField()
    completed = serializers.IntegerField()
    failed = serializers.IntegerField()
    error = serializers.CharField(source="error_text")


class PrefetchOut(serializers.Serializer[PrefetchRequest]):
    """What came of the priors of one exam."""

    id = serializers.CharField(source="pk")
    reason = serializers.CharField(source="key")
    occasion = serializers.CharField()
    state = serializers.CharField()
    attempts = serializers.IntegerField()
    next_attempt_at = serializers.DateTimeField()
    number_found = serializers.IntegerField()
    number_recalled = serializers.IntegerField()
    number_fetched = serializers.IntegerField()
    error_code = serializers.CharField()
    error = serializers.CharField(source="error_text")
    created_at = serializers.DateTimeField()
    done_at = serializers.DateTimeField(allow_null=True)
    fetched = PrefetchedStudyOut(many=True, source="fetched.all")
