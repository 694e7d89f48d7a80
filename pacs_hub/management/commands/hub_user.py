"""`manage.py hub_user NAME --role ROLE --password-stdin`: create or update a user."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pacs_hub.access import services
from pacs_hub.access.models import Role
from pacs_hub.kernel.errors import Malformed


class Command(BaseCommand):
    """Create a person's account, or change its role and password."""

    help = "Create or update a user; the password is one line on standard input."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the user's name and role; a password never stands on a command line."""
        parser.add_argument("name")
        parser.add_argument("--role", required=True, choices=Role.values)
        parser.add_argument("--password-stdin", action="store_true", required=True)

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Write the user."""
        password = sys.stdin.readline().rstrip("\r\n")
        try:
            services.set_user(name=options["name"], role=options["role"], password=password)
        except Malformed as error:
            raise CommandError(error.text) from error
        self.stdout.write(f"{options['name']} is {options['role']}")
