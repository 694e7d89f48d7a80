"""What we show, and whom we believe, when we call a receiver inside TLS (RFC 8446, mutual TLS)."""

from __future__ import annotations

import ssl

from pacs_hub.kernel.errors import Unavailable


class TlsNotReady(Unavailable):
    """Our certificate, its key or the authorities cannot be used."""

    code = "tls-not-ready"


def client_context(*, certificate: str, key: str, authorities: str) -> ssl.SSLContext:
    """Return the context of a caller; paths of PEM files, each "" where there is none.

    Without `authorities` the receiver's certificate is checked by those of the system. TLS 1.2
    is the least.

    Raises:
        TlsNotReady: one of the files cannot be used.
    """
    try:
        context = ssl.create_default_context(cafile=authorities or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if certificate:
            context.load_cert_chain(certificate, key or None)
    except (ssl.SSLError, OSError) as error:
        reason = getattr(error, "reason", "") or error.strerror or type(error).__name__
        raise TlsNotReady(f"our certificate cannot be used: {reason}") from error
    return context
