"""Accounts of patients, and who pays: HL7 v2.5.1 chapter 6 (GT1, IN1 to IN3, DG1)."""

from __future__ import annotations

from django.db import models

from archive.models import Patient
from pacs_hub.audit.changes import Remembering


class AccountStatus(models.TextChoices):
    """States of an account."""

    OPEN = "open"
    ENDED = "ended"


class Account(Remembering):
    """What the charges of some visits are put on (PID-18), unique within its authority."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="accounts")
    number = models.CharField(max_length=64)
    authority = models.CharField(max_length=64, blank=True)
    status = models.CharField(
        max_length=8, choices=AccountStatus.choices, default=AccountStatus.OPEN
    )
    patient_class = models.CharField(max_length=8, blank=True)
    financial_class = models.CharField(max_length=64, blank=True)  # PV1-20
    ended_at = models.DateTimeField(null=True)
    last_event_at = models.DateTimeField(null=True)
    last_sender = models.CharField(max_length=120, blank=True)  # whose clock last_event_at is
    updated_at = models.DateTimeField()

    unexplained = frozenset({"last_event_at", "last_sender"})

    class Meta:
        constraints = [
            models.UniqueConstraint(name="account_once", fields=["authority", "number"]),
        ]

    def __str__(self) -> str:
        return f"account {self.pk}"


class Guarantor(Remembering):
    """Who promised to pay (GT1)."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="guarantors")
    position = models.PositiveSmallIntegerField()
    number = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=324, blank=True)
    address = models.CharField(max_length=300, blank=True)
    phone = models.CharField(max_length=64, blank=True)
    birth_date = models.DateField(null=True)
    sex = models.CharField(max_length=1, blank=True)
    kind = models.CharField(max_length=32, blank=True)  # GT1-10
    relationship = models.CharField(max_length=64, blank=True)
    employer = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="guarantor_once", fields=["account", "position"]),
        ]

    def __str__(self) -> str:
        return f"guarantor {self.pk}"


class Coverage(Remembering):
    """One insurance of an account, the first to pay first (IN1, IN2, IN3)."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="coverages")
    position = models.PositiveSmallIntegerField()
    plan_id = models.CharField(max_length=64, blank=True)
    plan_name = models.CharField(max_length=120, blank=True)
    company_id = models.CharField(max_length=64, blank=True)
    company_name = models.CharField(max_length=120, blank=True)
    company_address = models.CharField(max_length=300, blank=True)
    group_number = models.CharField(max_length=64, blank=True)
    group_name = models.CharField(max_length=120, blank=True)
    effective_on = models.DateField(null=True)
    expires_on = models.DateField(null=True)
    authorization_number = models.CharField(max_length=64, blank=True)
    plan_type = models.CharField(max_length=32, blank=True)
    insured_name = models.CharField(max_length=324, blank=True)
    insured_relationship = models.CharField(max_length=64, blank=True)
    insured_birth_date = models.DateField(null=True)
    insured_sex = models.CharField(max_length=1, blank=True)
    insured_id = models.CharField(max_length=64, blank=True)
    coordination = models.CharField(max_length=16, blank=True)  # IN1-22, order of payers
    policy_number = models.CharField(max_length=64, blank=True)
    employer = models.CharField(max_length=120, blank=True)
    certification_number = models.CharField(max_length=64, blank=True)
    certified_from = models.DateField(null=True)
    certified_until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="coverage_once", fields=["account", "position"]),
        ]

    def __str__(self) -> str:
        return f"coverage {self.pk}"


class Diagnosis(Remembering):
    """One diagnosis of an account (DG1)."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="diagnoses")
    position = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=64, blank=True)
    scheme = models.CharField(max_length=32, blank=True)
    text = models.CharField(max_length=300, blank=True)
    kind = models.CharField(max_length=8, blank=True)  # DG1-6: A admitting, W working, F final
    priority = models.CharField(max_length=8, blank=True)
    made_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="diagnosis_once", fields=["account", "position"]),
        ]

    def __str__(self) -> str:
        return f"diagnosis {self.pk}"


class FormerAccountNumber(models.Model):
    """A number an account had (MRG-3): late messages still find it."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="former_numbers")
    number = models.CharField(max_length=64)
    authority = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="former_account_number_once", fields=["authority", "number"]
            ),
        ]

    def __str__(self) -> str:
        return f"former number of account {self.account_id}"
