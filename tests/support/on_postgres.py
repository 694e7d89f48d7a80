"""`python -m tests.support.on_postgres`: pytest on a private PostgreSQL and an outside Redis."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.support.peers.postgres import private_postgres
from tests.support.peers.redis import private_redis

WHOLE_HUBS = ("tests/architecture", "tests/bench", "tests/browser", "tests/flows", "tests/interop")
"""Left out: they do not use this process's database, or start hubs on both themselves."""


def main() -> int:
    """Run the tests that use this process's database; arguments go to pytest."""
    with private_postgres() as postgres, private_redis() as redis_url:
        environment = {
            **os.environ,
            "DATABASE_URL": postgres.new_database(),
            "REDIS_URL": redis_url,
        }
        ignored = [f"--ignore={folder}" for folder in WHOLE_HUBS]
        command = [sys.executable, "-m", "pytest", *ignored, *sys.argv[1:]]
        return subprocess.run(command, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
