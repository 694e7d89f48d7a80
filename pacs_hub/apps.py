"""The roof: pages, commands, processes and the site file."""

from django.apps import AppConfig


class PacsHubConfig(AppConfig):
    name = "pacs_hub"
    verbose_name = "PACS hub"
