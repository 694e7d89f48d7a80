"""Floor app: see the package's models."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "pacs_hub.access"
    default_auto_field = "django.db.models.BigAutoField"
