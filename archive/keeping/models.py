"""What is known of how well objects are kept: findings, rounds, rules, and what is gone."""

from __future__ import annotations

from django.db import models


class FindingKind(models.TextChoices):
    """What may be wrong between the stored objects and the index."""

    MISSING = "missing-object", "The object of a row is not there"
    DAMAGED = "damaged-object", "The bytes are not those that were received"
    IDENTITY = "wrong-identity", "The header names another instance than the row"
    UNFILED = "unfiled-object", "An object without a row"
    SECOND_COPY = "second-copy", "A copy of an object that is kept elsewhere"


class FindingState(models.TextChoices):
    """What became of it."""

    OPEN = "open"
    HEALED = "healed"


class Finding(models.Model):
    """Something verification found; there is at most one open for each kind and key."""

    kind = models.CharField(max_length=20, choices=FindingKind.choices)
    key = models.CharField(max_length=310)
    sop_instance_uid = models.CharField(max_length=64, blank=True)
    text = models.CharField(max_length=200)
    state = models.CharField(max_length=8, choices=FindingState.choices)
    found_at = models.DateTimeField()
    healed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="finding_open_once", fields=["kind", "key"], condition=models.Q(state="open")
            ),
        ]
        indexes = [models.Index(name="finding_latest", fields=["state", "-found_at"])]  # page

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class VerificationRound(models.Model):
    """One walk over the archive: all rows by their id, then all keys; it goes on where it was.

    `allowance` are the bytes that may be read now; a big object may leave it below nothing.
    """

    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    last_row = models.BigIntegerField(default=0)
    last_key = models.CharField(max_length=310, blank=True)
    rows_done = models.BooleanField(default=False)
    number_of_objects = models.BigIntegerField(default=0)
    bytes = models.BigIntegerField(default=0)
    findings = models.IntegerField(default=0)
    allowance = models.BigIntegerField(default=0)
    at = models.DateTimeField()  # the last tick

    def __str__(self) -> str:
        return f"round {self.pk}"


class Discarded(models.Model):
    """Bytes that no row names any more; removed in two steps, so that nothing new is lost.

    `binned_at` is when they were renamed out of the way.
    """

    key = models.CharField(max_length=310)
    size = models.BigIntegerField()
    at = models.DateTimeField()
    binned_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(name="discarded_key", fields=["key"]),  # verification, storing
            models.Index(name="discarded_due", fields=["binned_at", "at"]),  # sweep
        ]

    def __str__(self) -> str:
        return self.key


class RetentionRule(models.Model):
    """One `[[retention]]` table of the site file. Empty lists and texts match everything."""

    name = models.CharField(max_length=80, unique=True)
    position = models.PositiveIntegerField()
    modality = models.JSONField(default=list)
    body_part = models.CharField(max_length=16, blank=True)
    description = models.CharField(max_length=64, blank=True)
    days = models.PositiveIntegerField()
    keep_last = models.PositiveIntegerField(default=0, help_text="of each patient")
    action = models.CharField(max_length=6, choices=[("delete", "delete"), ("cold", "cold")])

    def __str__(self) -> str:
        return self.name


class Tombstone(models.Model):
    """What stood here: a study that a rule removed. One that is sent again is taken in again."""

    study_instance_uid = models.CharField(max_length=64)
    patient_id = models.BigIntegerField()
    accession_number = models.CharField(max_length=16, blank=True)
    modalities = models.CharField(max_length=200, blank=True)
    rule = models.CharField(max_length=80)
    number_of_instances = models.PositiveIntegerField()
    bytes = models.BigIntegerField()
    first_received_at = models.DateTimeField()
    deleted_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(name="tombstone_study", fields=["study_instance_uid"]),  # 410
            models.Index(name="tombstone_latest", fields=["-deleted_at"]),  # storage page
        ]

    def __str__(self) -> str:
        return self.study_instance_uid


class Hold(models.Model):
    """Why a study must not be deleted, and until when it was so; `Study.legal_hold` is the sum."""

    study_instance_uid = models.CharField(max_length=64)
    reason = models.CharField(max_length=200)
    placed_by = models.CharField(max_length=150)
    placed_at = models.DateTimeField()
    released_by = models.CharField(max_length=150, blank=True)
    released_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(name="hold_study", fields=["study_instance_uid"])]  # study page

    def __str__(self) -> str:
        return f"hold {self.pk}"


class WishedMove(models.Model):
    """A move between the areas that a person asked for; gone when it is done.

    `failed_at` says that something stayed, `text` why.
    """

    study = models.OneToOneField(
        "archive.Study", on_delete=models.CASCADE, related_name="wished_move"
    )
    tier = models.CharField(max_length=4, choices=[("main", "main"), ("cold", "cold")])
    actor = models.CharField(max_length=150)
    address = models.CharField(max_length=64, blank=True)
    door = models.CharField(max_length=10)
    correlation_id = models.CharField(max_length=32)
    wished_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    text = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"{self.study_id} to {self.tier}"


class DailyVolume(models.Model):
    """What the areas held at the end of a day, so that growth can be seen."""

    day = models.DateField(unique=True)
    number_of_objects = models.BigIntegerField()
    bytes = models.BigIntegerField()
    number_of_cold_objects = models.BigIntegerField()
    cold_bytes = models.BigIntegerField()

    def __str__(self) -> str:
        return str(self.day)
