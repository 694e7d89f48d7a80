"""`manage.py hub_process NAME`: one process of the hub, as the supervisor starts it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from pacs_hub.processes import entry


class Command(BaseCommand):
    """Serve as one process until SIGTERM."""

    help = "Run one process of the hub."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the name of the process."""
        parser.add_argument("name", choices=sorted(entry.ENTRY_POINTS))

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Serve."""
        entry.run(options["name"])
