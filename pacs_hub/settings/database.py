"""The database: SQLite in WAL mode in HUB_HOME, or PostgreSQL by DATABASE_URL."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from pacs_hub.settings.env import SettingError, env_url, without_password

BUSY_TIMEOUT_SECONDS: Final = 30
SQLITE_OPTIONS: Final = {
    "transaction_mode": "IMMEDIATE",
    "timeout": BUSY_TIMEOUT_SECONDS,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
}


def database(*, home: Path) -> dict[str, Any]:
    """Return Django's connection parameters for `DATABASE_URL`.

    Raises:
        SettingError: the URL is neither sqlite:// nor postgresql://, or names no database.
    """
    url = env_url("DATABASE_URL", "", schemes=("postgresql", "postgres", "sqlite"))
    if not url:
        return _sqlite(home / "hub.sqlite3")
    parts = urlsplit(url)
    name = unquote(parts.path[1:])
    if not name:
        rule = "must end with the name of the database, such as …/pacs_hub"
        raise SettingError("DATABASE_URL", without_password(url), rule)
    if parts.scheme == "sqlite":
        return _sqlite(Path(name) if name.startswith("/") else home / name)
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", unquote(parts.hostname or "")),
        "PORT": options.pop("port", str(parts.port or "")),
        "OPTIONS": options,
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    }


def _sqlite(path: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": dict(SQLITE_OPTIONS),
        "CONN_MAX_AGE": None,
    }
