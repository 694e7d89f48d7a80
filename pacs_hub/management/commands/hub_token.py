"""`manage.py hub_token NAME --role ROLE [--days N]`: print a bearer token, nothing else."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pacs_hub.access import services
from pacs_hub.access.models import Role


class Command(BaseCommand):
    """Issue a token to a machine account."""

    help = "Print a new bearer token; it is shown this once."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the account's name, its role and how long the token lives."""
        parser.add_argument("name")
        parser.add_argument("--role", required=True, choices=Role.values)
        parser.add_argument("--days", type=int, default=None, help="default: no end")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Issue it."""
        days = options["days"]
        if days is not None and days < 1:
            raise CommandError("--days: at least 1")
        secret = services.issue_token(name=options["name"], role=options["role"], days=days)
        self.stdout.write(secret)
