"""`manage.py hub [--only NAMES]`: the whole hub."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from pacs_hub.processes import hub


class Command(BaseCommand):
    """Start every process, watch them, stop them."""

    help = "Run the hub: all of it, or the processes named by --only."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the part to run."""
        parser.add_argument("--only", help=f"any of {', '.join(hub.NAMES)}, joined by commas")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Run until told to stop."""
        hub.run(options["only"])
