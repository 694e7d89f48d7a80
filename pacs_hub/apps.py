"""The roof: pages, commands, processes and the site file."""

from django.apps import AppConfig
from django.core.checks import register

from pacs_hub import celery, checks

__all__ = ["PacsHubConfig", "celery"]


class PacsHubConfig(AppConfig):
    """Loads the Celery application, so that every process sends its nudges to our broker."""

    name = "pacs_hub"
    verbose_name = "PACS hub"

    def ready(self) -> None:
        """Register the start-up checks."""
        for check in checks.CHECKS:
            register(check, checks.TAG)
