"""Floor app: see the package's models."""

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "pacs_hub.outbox"
    default_auto_field = "django.db.models.BigAutoField"
