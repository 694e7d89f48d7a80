"""Every site file that was ever applied."""

from __future__ import annotations

from django.db import models


class SiteVersion(models.Model):
    """One applied site file, word for word."""

    number = models.PositiveIntegerField(unique=True)
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    changes = models.JSONField(default=list)
    note = models.CharField(max_length=300, blank=True)  # why, where a person said so
    applied_at = models.DateTimeField()
    applied_by = models.CharField(max_length=150)

    class Meta:
        app_label = "pacs_hub"

    def __str__(self) -> str:
        return f"site file {self.number}"
