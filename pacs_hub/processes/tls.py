"""TLS for the doors that are not HTTP: MLLP and DICOM (RFC 8446; PS3.15 B.9, BCP 195)."""

from __future__ import annotations

import ssl

from django.conf import settings

from pacs_hub.processes.startup import CannotStart


def server_context() -> ssl.SSLContext:
    """Return what a TLS door needs: our certificate, and whom to believe.

    Where HUB_TLS_CA is set a caller has to show a certificate it signed (mutual TLS).

    Raises:
        CannotStart: the certificate, its key or the authorities cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(settings.HUB_TLS_CERT, settings.HUB_TLS_KEY)
    except (ssl.SSLError, OSError) as error:
        raise CannotStart(f"HUB_TLS_CERT, HUB_TLS_KEY: {_words(error)}") from error
    if settings.HUB_TLS_CA:
        try:
            context.load_verify_locations(settings.HUB_TLS_CA)
        except (ssl.SSLError, OSError) as error:
            raise CannotStart(f"HUB_TLS_CA: {_words(error)}") from error
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def _words(error: OSError) -> str:
    reason = getattr(error, "reason", "") or error.strerror or type(error).__name__
    return f"cannot be used: {str(reason).replace('_', ' ').lower()}"
