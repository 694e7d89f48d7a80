"""Where objects are kept: a folder or an S3 bucket, and a second one for cold studies."""

from __future__ import annotations

import re
from typing import Final

from pacs_hub.settings.env import SettingError, env_float, env_text, env_url

SCHEMES: Final = ("file", "s3")
_S3: Final = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/.*)?")
_FILE: Final = re.compile(r"file:///.+")

HUB_S3_ENDPOINT = env_url("HUB_S3_ENDPOINT", "", schemes=("http", "https")).rstrip("/")
HUB_S3_TIMEOUT_SECONDS = env_float("HUB_S3_TIMEOUT_SECONDS", 20, minimum=0.5, maximum=600)
HUB_VERIFY_BYTES_PER_SECOND = env_float(
    "HUB_VERIFY_BYTES_PER_SECOND", 10_000_000, minimum=0, maximum=1e10
)
_KEYS: Final = {
    "access_key_id": "AWS_ACCESS_KEY_ID",
    "secret_access_key": "AWS_SECRET_ACCESS_KEY",
    "session_token": "AWS_SESSION_TOKEN",
    "region": "AWS_REGION",
}
HUB_S3_KEYS = {option: value for option, name in _KEYS.items() if (value := env_text(name))}
"""What is given here; the rest is found as for any AWS client (AWS_* or the machine's role)."""


def env_storage(name: str, default: str) -> str:
    """Return a place for objects: file:///folder or s3://bucket/prefix; empty is none.

    Raises:
        SettingError: it is neither.
    """
    value = env_url(name, default, schemes=SCHEMES)
    if value and not (_S3.fullmatch(value) or _FILE.fullmatch(value)):
        raise SettingError(name, value, "file:///folder or s3://bucket/prefix")
    return value


def check_apart(main: str, cold: str) -> None:
    """See that neither area lies in the other: a move between them would remove what it moved.

    Raises:
        SettingError: one does.
    """
    one, other = (f"{url.rstrip('/')}/" for url in (main, cold))
    if cold and (one.startswith(other) or other.startswith(one)):
        rule = f"must lie apart from HUB_STORAGE_URL, which is {main}"
        raise SettingError("HUB_COLD_STORAGE_URL", cold, rule)
