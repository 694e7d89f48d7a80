"""The keys this hub was given; asked for where something is sealed or opened."""

from __future__ import annotations

from django.conf import settings


def message_keys() -> tuple[bytes, ...]:
    """Return the keys of message bodies: the first seals, every one opens (HUB_MESSAGE_KEY)."""
    keys: tuple[bytes, ...] = settings.HUB_MESSAGE_KEYS
    return keys
