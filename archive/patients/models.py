"""Patients and the identifiers hospitals know them by."""

from __future__ import annotations

from django.db import models

from pacs_hub.audit.changes import Remembering


class PatientState(models.TextChoices):
    """How sure we are that this person was registered."""

    ACTIVE = "active"
    PROVISIONAL = "provisional"  # seen on an order or an image before any ADT
    MERGED = "merged"


class Patient(Remembering):
    """A person. `name` is a DICOM PN (PS3.5 6.2) with up to three groups; never logged.

    The other forms of the name are made from it by `rules.name_forms`, for searching.
    """

    name = models.CharField(max_length=324, blank=True)
    name_search = models.CharField(max_length=324, blank=True)
    name_ideographic = models.CharField(max_length=324, blank=True)
    name_phonetic = models.CharField(max_length=324, blank=True)
    name_sounds = models.CharField(max_length=324, blank=True)
    birth_date = models.DateField(null=True)
    sex = models.CharField(max_length=1, blank=True)
    account_number = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=12, choices=PatientState.choices)
    survivor = models.ForeignKey("self", on_delete=models.PROTECT, null=True)
    last_event_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    unexplained = frozenset(
        {"name_search", "name_ideographic", "name_phonetic", "name_sounds", "last_event_at"}
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="patient_merged_has_survivor",
                condition=models.Q(state="merged", survivor__isnull=False)
                | (~models.Q(state="merged") & models.Q(survivor__isnull=True)),
            ),
        ]
        indexes = [  # search as one types, and Q/R; the classes let LIKE use them on PostgreSQL
            models.Index(name=f"patient_{field}", fields=[field], opclasses=["text_pattern_ops"])
            for field in ("name_search", "name_ideographic", "name_phonetic", "name_sounds")
        ]

    def __str__(self) -> str:
        return f"patient {self.pk}"


class PatientIdentifier(Remembering):
    """One identifier of a patient, unique within the authority that issued it (PID-3.1, .4)."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="identifiers")
    value = models.CharField(max_length=64)
    issuer = models.CharField(max_length=64)
    type_code = models.CharField(max_length=8, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="patient_identifier_once", fields=["issuer", "value"]),
        ]
        indexes = [  # Q/R by ID
            models.Index(
                name="patient_identifier_value", fields=["value"], opclasses=["text_pattern_ops"]
            )
        ]

    def __str__(self) -> str:
        return f"identifier {self.pk}"
