"""Which exam a study belongs to, with the evidence, or the fact that nobody knows yet."""

from __future__ import annotations

from django.db import models

from archive.models import Study
from worklist.exams.models import Exam


class MatchState(models.TextChoices):
    """Whether the study has its exam."""

    LINKED = "linked"
    UNMATCHED = "unmatched"
    CONFLICT = "conflict"


class StudyMatch(models.Model):
    """The verdict on one study; unmatched and conflicting ones wait for a person."""

    study = models.OneToOneField(Study, on_delete=models.CASCADE, related_name="match")
    exam = models.ForeignKey(
        Exam, on_delete=models.SET_NULL, null=True, related_name="matched_studies"
    )
    state = models.CharField(max_length=10, choices=MatchState.choices)
    rule = models.CharField(max_length=40, blank=True)
    reasons = models.JSONField(default=list)
    differences = models.JSONField(default=list)
    candidates = models.JSONField(default=list)
    decided_by = models.CharField(max_length=150)
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="linked_study_has_an_exam",
                condition=~models.Q(state="linked") | models.Q(exam__isnull=False),
            ),
        ]
        indexes = [
            models.Index(  # the queue for people
                name="match_open", fields=["-decided_at"], condition=~models.Q(state="linked")
            ),
        ]

    def __str__(self) -> str:
        return f"study {self.study_id}: {self.state}"
