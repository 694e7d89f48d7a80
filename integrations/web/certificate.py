"""The certificate this hub shows on its TLS doors: whose it is, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from django.conf import settings

from pacs_hub.kernel import clock

SOON: Final = timedelta(days=30)


@dataclass(frozen=True)
class Certificate:
    """`tone` is the colour of its state; `words` say what is the matter, if anything is."""

    until: datetime | None
    tone: str
    words: str


def own_certificate() -> Certificate | None:
    """Return the state of HUB_TLS_CERT; None where there is none."""
    if not settings.HUB_TLS_CERT:
        return None
    try:
        text = Path(settings.HUB_TLS_CERT).read_bytes()
        until = x509.load_pem_x509_certificates(text)[0].not_valid_after_utc
    except (OSError, ValueError):
        return Certificate(None, "bad", "our certificate cannot be read")
    left = until - clock.now()
    if left < timedelta(0):
        return Certificate(until, "bad", "our certificate has expired")
    if left < SOON:
        return Certificate(until, "wait", "our certificate expires soon")
    return Certificate(until, "ok", "our certificate is valid")
