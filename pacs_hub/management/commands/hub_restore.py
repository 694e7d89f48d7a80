"""`manage.py hub_restore DIR`: make a backup the hub of HUB_HOME."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from pacs_hub.kernel.errors import HubError
from pacs_hub.processes import backup


class Command(BaseCommand):
    """HUB_HOME must hold no database, and no hub may run there."""

    help = "Make the backup in a folder the hub of HUB_HOME."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the folder."""
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Restore, and bring the database up to this release."""
        try:
            done = backup.restore(options["folder"].resolve())
        except HubError as error:
            raise CommandError(error.text) from error
        except OSError as error:
            raise CommandError(f"{options['folder']}: {error.strerror}") from error
        call_command("migrate", verbosity=0, interactive=False)
        for url in done.elsewhere:
            self.stdout.write(f"note: objects are expected in {url}")
        for key in done.missing:
            self.stdout.write(f"missing  {key}")
        self.stdout.write(f"{done.objects} objects, {done.bytes} bytes restored")
        if done.missing:
            raise CommandError("rows without their objects; see hub_verify")
