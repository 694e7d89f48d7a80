"""Where Redis is: outside by REDIS_URL, or the hub's own on a Unix socket."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pacs_hub.settings.env import env_url

LONGEST_SOCKET_PATH: Final = 100
"""Linux allows 108 bytes in a Unix socket's address, the closing zero included (unix(7))."""


@dataclass(frozen=True)
class Redis:
    """One Redis as its two clients name it, and our own socket where it is our own."""

    client_url: str
    broker_url: str
    socket: Path | None


def redis(*, home: Path) -> Redis:
    """Return the Redis of this hub.

    Raises:
        SettingError: REDIS_URL is not redis://, rediss:// or unix://.
    """
    url = env_url("REDIS_URL", "", schemes=("redis", "rediss", "unix"))
    if url.startswith("unix://"):
        path, _, query = url.removeprefix("unix://").partition("?")
        number = query.removeprefix("db=") or "0"
        return Redis(url, f"redis+socket://{path}?virtual_host={number}", None)
    if url:
        return Redis(url, url, None)
    socket = private_socket(home)
    return Redis(f"unix://{socket}", f"redis+socket://{socket}", socket)


def private_socket(home: Path) -> Path:
    """Return the path of our own Redis's socket, in `home` where it is short enough.

    A long HUB_HOME gets a directory of its own among the temporary files, written down in
    `home` so that every process of the hub finds the same one.
    """
    socket = home / "run" / "redis.sock"
    if len(str(socket).encode()) <= LONGEST_SOCKET_PATH:
        return socket
    note = home / "run" / "redis.where"
    if note.is_file() and (kept := Path(note.read_text(encoding="utf-8").strip())).is_dir():
        return kept / "redis.sock"
    note.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    short = Path(tempfile.mkdtemp(prefix="pacs-hub-"))
    draft = note.with_suffix(".draft")
    draft.write_text(str(short), encoding="utf-8")
    draft.replace(note)
    return short / "redis.sock"
