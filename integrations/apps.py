"""App configuration; all wiring stands in pacs_hub/wiring."""

from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "integrations"
