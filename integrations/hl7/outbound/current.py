"""What this process shows to receivers inside TLS; the only place here that reads settings."""

from __future__ import annotations

import ssl

from django.conf import settings

from integrations.hl7.mllp.tls import client_context


def tls_context() -> ssl.SSLContext:
    """Return what we show to receivers, and whom we believe.

    Raises:
        TlsNotReady: the certificate, its key or the authorities cannot be used.
    """
    return client_context(
        certificate=settings.HUB_TLS_CERT,
        key=settings.HUB_TLS_KEY,
        authorities=settings.HUB_TLS_CA,
    )
