"""The certificates peers showed inside TLS, written down for those who renew them."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from pacs_hub.access.models import PeerCertificate
from pacs_hub.kernel import clock


def record_certificate(*, door: str, address: str, subject: str, until: datetime) -> None:
    """Write down the certificate a peer showed, the latest under one name from one place."""
    PeerCertificate.objects.update_or_create(
        door=door,
        address=address[:253],
        subject=subject[:200],
        defaults={"until": until, "seen_at": clock.now()},
    )


def peer_certificates(*, since: datetime) -> QuerySet[PeerCertificate]:
    """Return the certificates seen since then, the first to expire first."""
    return PeerCertificate.objects.filter(seen_at__gt=since).order_by("until", "pk")
