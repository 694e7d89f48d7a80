"""What of the settings the archive needs when objects leave."""

from __future__ import annotations

import hashlib
import hmac

from django.conf import settings


def pseudonym_key() -> bytes:
    """Return the key of pseudonyms: another one with another HUB_SECRET_KEY."""
    secret = settings.SECRET_KEY.encode()
    return hmac.new(secret, b"pseudonyms of objects that leave", hashlib.sha256).digest()
