"""How merges of patients look over REST."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from archive.models import Patient, PatientMerge


class PersonIdentifierOut(serializers.Serializer[Any]):
    """One identifier of a patient; a former one is not in use any longer."""

    value = serializers.CharField()
    issuer = serializers.CharField()
    former = serializers.SerializerMethodField()

    def get_former(self, row: Any) -> bool:
        """Say whether it was changed into another."""
        return row.retired_at is not None


class PersonOut(serializers.Serializer[Patient]):
    """One of the two patients of a merge."""

    id = serializers.CharField(source="pk")
    name = serializers.CharField()
    birth_date = serializers.DateField(allow_null=True)
    sex = serializers.CharField()
    identifiers = PersonIdentifierOut(many=True)


class MovedOut(serializers.Serializer[Any]):
    """One row that the merge, or its undoing, changed."""

    undoing = serializers.BooleanField()
    what = serializers.CharField()
    id = serializers.CharField(source="object_id")
    field = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()


class MergeOut(serializers.Serializer[PatientMerge]):
    """A merge: who stays, who went, who asked for it, and whether it still stands."""

    id = serializers.CharField(source="pk")
    survivor = PersonOut()
    loser = PersonOut()
    kind = serializers.CharField(help_text="the event that asked for it, or hand")
    reason = serializers.CharField()
    at = serializers.DateTimeField()
    door = serializers.CharField()
    by = serializers.CharField(source="actor")
    message = serializers.SerializerMethodField()
    undone_at = serializers.DateTimeField(allow_null=True)
    undone_by = serializers.CharField()
    undo_reason = serializers.CharField()
    moved = MovedOut(many=True)

    def get_message(self, row: PatientMerge) -> str:
        """Return the id of the message that asked for it, as /api/messages/ has it."""
        return f"in-{row.source_id}" if row.source_kind == "hl7" else ""


class MovesOut(serializers.Serializer[Any]):
    """How much is shown under the other patient then."""

    studies = serializers.IntegerField()
    orders = serializers.IntegerField()
    exams = serializers.IntegerField()
    reports = serializers.IntegerField()
    visits = serializers.IntegerField()
    accounts = serializers.IntegerField()
    appointments = serializers.IntegerField()


class PreviewOut(serializers.Serializer[Any]):
    """What a merge or its undoing would change; nothing was changed."""

    survivor = serializers.CharField(source="survivor_id")
    loser = serializers.CharField(source="loser_id")
    patients = serializers.ListField(child=serializers.CharField())
    moves = MovesOut()
    late_studies = serializers.IntegerField(help_text="came since for a number that is parted")
    differences = serializers.ListField(child=serializers.CharField())
    obstacle = serializers.CharField()
    told = serializers.SerializerMethodField()

    def get_told(self, _row: Any) -> list[str]:
        """Return which receivers would be told."""
        told: list[str] = self.context["told"]
        return told


class PreviewIn(serializers.Serializer[Any]):
    """Whether to say only what would happen."""

    preview = serializers.BooleanField(default=False)


class MergeIn(serializers.Serializer[Any]):
    """Who goes into the patient of the address, and why; `although` they look different."""

    loser = serializers.IntegerField()
    reason = serializers.CharField(max_length=300, allow_blank=True, default="")
    although = serializers.BooleanField(default=False)


class UndoIn(serializers.Serializer[Any]):
    """Why a merge is taken back."""

    reason = serializers.CharField(max_length=300, allow_blank=True, default="")


class MergeFilterIn(serializers.Serializer[Any]):
    """Whose merges."""

    patient = serializers.IntegerField(required=False)
