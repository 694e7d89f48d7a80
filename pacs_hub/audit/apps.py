"""Floor app: see the package's models."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "pacs_hub.audit"
    default_auto_field = "django.db.models.BigAutoField"
