"""Certificates of TLS: the one this hub shows, and those that peers showed of late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from django.conf import settings

from pacs_hub.access.certificates import peer_certificates
from pacs_hub.access.models import PeerCertificate
from pacs_hub.kernel import clock

SOON: Final = timedelta(days=30)
LATELY: Final = timedelta(days=90)
AT_MOST: Final = 100


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
    tone, words = _judged(until)
    return Certificate(until, tone, f"our certificate {words}")


def of_peers() -> list[tuple[PeerCertificate, Certificate]]:
    """Return the certificates seen within `LATELY`, the first to expire first."""
    rows = peer_certificates(since=clock.now() - LATELY)[:AT_MOST]
    return [(row, Certificate(row.until, *_judged(row.until))) for row in rows]


def _judged(until: datetime) -> tuple[str, str]:
    left = until - clock.now()
    if left < timedelta(0):
        return "bad", "has expired"
    return ("wait", "expires soon") if left < SOON else ("ok", "is valid")
