"""How the worklist doctor answers over REST."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from worklist.mwl.doctor import Diagnosis, Line, Question, Trace
from worklist.mwl.words import Fix


class DoctorQuery(serializers.Serializer[Any]):
    """Which exam, and which station."""

    accession_number = serializers.CharField(max_length=64)
    ae_title = serializers.CharField(max_length=64)
    patient_id = serializers.CharField(
        required=False, default="", help_text="any identifier of the patient"
    )


class FixOut(serializers.Serializer[Fix]):
    """What a person can do: a page, and the API action where there is one."""

    text = serializers.CharField()
    link = serializers.CharField()
    method = serializers.CharField()
    path = serializers.CharField()


class LineOut(serializers.Serializer[Line]):
    """One filter of the worklist."""

    name = serializers.CharField()
    question = serializers.CharField()
    passed = serializers.BooleanField()
    text = serializers.CharField()
    fix = FixOut(allow_null=True)


class TraceOut(serializers.Serializer[Trace]):
    """One step of the exam, and every filter."""

    exam = serializers.CharField(source="step.requested_procedure.exam_id")
    scheduled_procedure_step_id = serializers.CharField(source="step.scheduled_procedure_step_id")
    station_ae_title = serializers.CharField(source="step.scheduled_station_ae_title")
    modality = serializers.CharField(source="step.modality")
    start = serializers.DateTimeField(source="step.start", allow_null=True)
    status = serializers.CharField(source="step.status")
    on_the_list = serializers.BooleanField()
    excluded_by = serializers.ListField(child=serializers.CharField())
    trace = LineOut(source="lines", many=True)
    notes = serializers.ListField(child=serializers.CharField())


class QuestionOut(serializers.Serializer[Question]):
    """A query of the station; `times` is 0 where it never asked and this is the usual one."""

    asked_for = serializers.CharField(source="text")
    times = serializers.IntegerField()
    last_at = serializers.DateTimeField(allow_null=True)
    names_somebody = serializers.BooleanField()
    on_the_list = serializers.BooleanField(allow_null=True)
    excluded_by = serializers.ListField(child=serializers.CharField())


class DiagnosisOut(serializers.Serializer[Diagnosis]):
    """Why an exam is, or is not, on the list of a station."""

    accession_number = serializers.CharField()
    ae_title = serializers.CharField()
    answer = serializers.ChoiceField(
        [
            "on-the-list",
            "not-on-the-list",
            "no-step",
            "other-patient",
            "unknown-accession-number",
            "unknown-station",
            "may-not-ask",
        ]
    )
    summary = serializers.CharField()
    query = QuestionOut(allow_null=True)
    steps = TraceOut(source="traces", many=True)
    other_queries = QuestionOut(source="others", many=True)
    nearest_accession_numbers = serializers.ListField(
        source="accession_numbers", child=serializers.CharField()
    )
    nearest_ae_titles = serializers.ListField(source="ae_titles", child=serializers.CharField())
