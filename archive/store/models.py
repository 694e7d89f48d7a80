"""What the archive holds: studies, series, instances, and what it had to put aside."""

from __future__ import annotations

from django.db import models

from archive.patients.models import Patient

LIKE = ["text_pattern_ops"]  # Q/R and reconciliation look up beginnings, on PostgreSQL too


class StudyState(models.TextChoices):
    """Whether more objects are expected."""

    RECEIVING = "receiving"
    RECEIVED = "received"


class Tier(models.TextChoices):
    """Where the bytes of a study are: at once at hand, or a little slower (PS3.3 C.4.23.1.1)."""

    MAIN = "main"
    COLD = "cold"


class Study(models.Model):
    """One study (PS3.3 A.1.2) as its first object says; counts are at most a second old."""

    study_instance_uid = models.CharField(max_length=64, unique=True)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="studies")
    patient_id_received = models.CharField(max_length=64, blank=True)
    issuer_received = models.CharField(max_length=64, blank=True)
    patient_name_received = models.CharField(max_length=324, blank=True)
    name_search_received = models.CharField(max_length=324, blank=True)  # its search form
    birth_date_received = models.DateField(null=True)
    sex_received = models.CharField(max_length=16, blank=True)
    accession_number = models.CharField(max_length=16, blank=True)
    accession_issuer = models.JSONField(default=list, help_text="(0008,0051)")
    admission_id = models.CharField(max_length=64, blank=True)
    study_id = models.CharField(max_length=16, blank=True)
    study_date = models.DateField(null=True)
    study_time = models.TimeField(null=True)
    description = models.CharField(max_length=64, blank=True)
    referring_physician_name = models.CharField(max_length=324, blank=True)
    modalities = models.CharField(max_length=200, blank=True, help_text="backslash separated")
    number_of_series = models.PositiveIntegerField(default=0)
    number_of_instances = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10, choices=StudyState.choices)
    referrer_id = models.CharField(max_length=64, blank=True, help_text="who ordered it")
    calling_ae = models.CharField(max_length=150, blank=True)
    address = models.CharField(max_length=64, blank=True)
    door = models.CharField(max_length=10)
    correlation_id = models.CharField(max_length=32)
    first_received_at = models.DateTimeField()
    last_received_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    identity_verified = models.BooleanField(default=False)  # by whoever linked it to its patient
    legal_hold = models.BooleanField(default=False)  # nothing of it is deleted
    tier = models.CharField(max_length=4, choices=Tier.choices, default=Tier.MAIN)
    revised_at = models.DateTimeField(null=True)  # what leaves of it changed without new objects

    class Meta:
        indexes = [
            models.Index(name="study_by_date", fields=["-study_date", "-study_time"]),  # QIDO page
            models.Index(name="study_by_accession", fields=["accession_number"], opclasses=LIKE),
            models.Index(
                name="study_by_patient_id", fields=["patient_id_received"], opclasses=LIKE
            ),
            models.Index(name="study_by_name", fields=["name_search_received"], opclasses=LIKE),
            models.Index(
                name="study_receiving", fields=["id"], condition=models.Q(state="receiving")
            ),
            models.Index(name="study_latest", fields=["-last_received_at"]),  # studies page
        ]

    def __str__(self) -> str:
        return self.study_instance_uid


class Series(models.Model):
    """One series. `metadata` is its DICOM JSON (PS3.18 F), zlib-compressed, once settled."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="series")
    series_instance_uid = models.CharField(max_length=64)
    modality = models.CharField(max_length=16, blank=True)
    series_number = models.BigIntegerField(null=True)
    series_date = models.DateField(null=True)
    series_time = models.TimeField(null=True)
    description = models.CharField(max_length=64, blank=True)
    body_part = models.CharField(max_length=16, blank=True)
    laterality = models.CharField(max_length=16, blank=True)
    station_name = models.CharField(max_length=16, blank=True)
    institution_name = models.CharField(max_length=64, blank=True)
    performed_step_uid = models.CharField(max_length=64, blank=True)  # (0008,1111)
    performed_step_date = models.DateField(null=True)  # (0040,0244)
    performed_step_time = models.TimeField(null=True)
    number_of_instances = models.PositiveIntegerField(default=0)
    metadata = models.BinaryField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="series_once", fields=["study", "series_instance_uid"]),
        ]
        indexes = [
            models.Index(name="series_by_uid", fields=["series_instance_uid"]),  # QIDO
            models.Index(name="series_by_modality", fields=["modality", "study"]),  # QIDO, Q/R
        ]

    def __str__(self) -> str:
        return self.series_instance_uid


class RequestAttributes(models.Model):
    """One item of a series' Request Attributes Sequence (0040,0275), as its first object had it."""

    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="requests")
    requested_procedure_id = models.CharField(max_length=16, blank=True)
    scheduled_procedure_step_id = models.CharField(max_length=16, blank=True)

    class Meta:
        indexes = [
            models.Index(name="request_by_procedure", fields=["requested_procedure_id"]),  # QIDO
            models.Index(name="request_by_step", fields=["scheduled_procedure_step_id"]),  # QIDO
        ]

    def __str__(self) -> str:
        return f"request of series {self.series_id}"


class ProcedureCode(models.Model):
    """One item of a study's Procedure Code Sequence (0008,1032), as its first object had it."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="procedure_codes")
    value = models.CharField(max_length=64, blank=True)
    scheme = models.CharField(max_length=16, blank=True)
    meaning = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [models.Index(name="study_by_procedure", fields=["value"])]  # Q/R by code

    def __str__(self) -> str:
        return f"{self.scheme} {self.value}"


class Instance(models.Model):
    """One stored object, its bytes unchanged as received at `storage_key`.

    `rejected_as` is not empty where a rejection note (RAD TF-3 4.66.4.1.3.5) took it out of use.
    """

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="instances")
    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="instances")
    sop_instance_uid = models.CharField(max_length=64, unique=True)
    sop_class_uid = models.CharField(max_length=64)
    transfer_syntax_uid = models.CharField(max_length=64)
    instance_number = models.BigIntegerField(null=True)
    rows = models.PositiveIntegerField(null=True)
    columns = models.PositiveIntegerField(null=True)
    bits_allocated = models.PositiveSmallIntegerField(null=True)
    number_of_frames = models.PositiveIntegerField(default=1)
    content_date = models.DateField(null=True)
    content_time = models.TimeField(null=True)
    completion_flag = models.CharField(max_length=16, blank=True)  # of a structured report
    verification_flag = models.CharField(max_length=16, blank=True)
    concept_name = models.JSONField(default=list, help_text="(0040,A043): value, scheme, meaning")
    storage_key = models.CharField(max_length=300)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    calling_ae = models.CharField(max_length=150, blank=True)
    address = models.CharField(max_length=64, blank=True)
    door = models.CharField(max_length=10)
    received_at = models.DateTimeField()
    rejected_as = models.CharField(max_length=16, blank=True)  # code of the rejection note, DCM

    def __str__(self) -> str:
        return self.sop_instance_uid


class KeptAside(models.Model):
    """Bytes kept for a person, as they could not be filed; without a key they were filed."""

    reason = models.CharField(max_length=40)
    text = models.CharField(max_length=300)
    sop_instance_uid = models.CharField(max_length=200, blank=True)
    study_instance_uid = models.CharField(max_length=64, blank=True)
    storage_key = models.CharField(max_length=300)
    size = models.BigIntegerField()
    calling_ae = models.CharField(max_length=150, blank=True)
    address = models.CharField(max_length=64, blank=True)
    door = models.CharField(max_length=10)
    at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_as = models.CharField(max_length=10, blank=True)  # released, discarded
    settled_by = models.CharField(max_length=150, blank=True)

    class Meta:
        indexes = [models.Index(name="kept_aside_by_state", fields=["settled_at", "-at"])]  # page

    def __str__(self) -> str:
        return f"{self.reason} {self.pk}"
