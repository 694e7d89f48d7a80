"""What a peer showed in the handshake of TLS: whose certificate, and until when; pure."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self


@dataclass(frozen=True)
class Shown:
    """The subject's common name (else its whole name), and the end of its validity."""

    subject: str
    until: datetime

    @classmethod
    def of(cls, certificate: Mapping[str, Any] | None) -> Self | None:
        """Read what `getpeercert()` returns; None where no certificate was checked."""
        if not certificate or "notAfter" not in certificate:
            return None
        names = dict(part for rdn in certificate.get("subject", ()) for part in rdn)
        subject = names.get("commonName") or ", ".join(names.values()) or "no name"
        seconds = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
        return cls(subject, datetime.fromtimestamp(seconds, tz=UTC))
