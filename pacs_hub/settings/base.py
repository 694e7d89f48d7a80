"""Apps, database, sessions, logging, time zone; the files beside this one hold the rest."""

from __future__ import annotations

import os
from pathlib import Path

from pacs_hub.settings.env import env_text, load_dotenv

BASE_DIR = Path(__file__).resolve().parent.parent.parent
load_dotenv(BASE_DIR / ".env")
HUB_HOME = Path(env_text("HUB_HOME", str(BASE_DIR / "var"))).resolve()
SECRET_KEY = "placeholder"  # noqa: S105
USE_TZ = True
TIME_ZONE = "UTC"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "pacs_hub",
    "pacs_hub.outbox",
    "pacs_hub.access",
    "pacs_hub.audit",
    "archive",
    "worklist",
    "integrations",
]
AUTH_USER_MODEL = "access.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "pacs_hub.urls"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("HUB_TEST_SQLITE", str(HUB_HOME / "hub.sqlite3")),
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 30, "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"},
    }
}
