"""Is the peer there? Asks it in its own protocol and tells the answer in plain words."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Final

from pynetdicom import AE
from pynetdicom.sop_class import Verification

from integrations.hl7.mllp.client import MllpClient
from integrations.hl7.outbound.current import tls_context
from pacs_hub.access.models import DicomPeer, FhirPeer, Hl7Peer
from pacs_hub.kernel.errors import Unavailable

PATIENCE_SECONDS: Final = 5


@dataclass(frozen=True, kw_only=True)
class PeerAnswer:
    """What came of asking; `message` is for a person."""

    ok: bool
    message: str
    milliseconds: int = 0


def ask_dicom(peer: DicomPeer, *, own_ae_title: str) -> PeerAnswer:
    """Send a C-ECHO (PS3.4 A) and say what happened."""
    if not peer.host or peer.port is None:
        return PeerAnswer(
            ok=False, message=f"{peer.ae_title} only calls us: it has no host or port"
        )
    where = f"{peer.ae_title} at {peer.host}:{peer.port}"
    began = time.monotonic()
    entity = AE(ae_title=own_ae_title)
    entity.add_requested_context(Verification)
    entity.connection_timeout = entity.acse_timeout = entity.dimse_timeout = PATIENCE_SECONDS
    association = entity.associate(peer.host, peer.port, ae_title=peer.ae_title)
    if association.is_rejected:
        text = f"{where} answered, but does not accept us as {own_ae_title}"
        return PeerAnswer(ok=False, message=text)
    if not association.is_established:
        return PeerAnswer(ok=False, message=f"nobody answers DICOM for {where}")
    try:
        status = association.send_c_echo()
    finally:
        association.release()
    if "Status" in status and status.Status == 0:
        took = _milliseconds(began)
        return PeerAnswer(
            ok=True, message=f"{where} answered a C-ECHO in {took} ms", milliseconds=took
        )
    return PeerAnswer(ok=False, message=f"{where} took the association but not the C-ECHO")


def ask_hl7(peer: Hl7Peer) -> PeerAnswer:
    """Open an MLLP connection as for sending, send nothing, and say whether somebody listens."""
    if not peer.host or peer.port is None:
        return PeerAnswer(ok=False, message=f"{peer.name} only calls us: it has no host or port")
    began = time.monotonic()
    try:
        client = MllpClient(
            host=peer.host,
            port=peer.port,
            connect_seconds=PATIENCE_SECONDS,
            tls=tls_context() if peer.options.get("tls") else None,
        )
    except Unavailable as error:
        return PeerAnswer(ok=False, message=f"{peer.name}: {error.text}")
    shown = client.certificate
    client.close()
    took = _milliseconds(began)
    text = f"{peer.name} at {peer.host}:{peer.port} took the connection in {took} ms"
    if shown is not None:
        text += f"; its certificate is valid until {shown.until:%Y-%m-%d}"
    return PeerAnswer(ok=True, message=text, milliseconds=took)


def ask(peer: DicomPeer | Hl7Peer | FhirPeer, *, own_ae_title: str) -> PeerAnswer:
    """Ask a peer of any protocol."""
    if isinstance(peer, DicomPeer):
        return ask_dicom(peer, own_ae_title=own_ae_title)
    return ask_hl7(peer) if isinstance(peer, Hl7Peer) else ask_fhir(peer)


def ask_fhir(peer: FhirPeer) -> PeerAnswer:
    """Read the capability statement and say whether it came."""
    began = time.monotonic()
    address = f"{peer.base_url.rstrip('/')}/metadata"
    request = urllib.request.Request(  # noqa: S310 - the site file allows http and https only
        address, headers={"Accept": "application/fhir+json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310
            is_statement = b"CapabilityStatement" in answer.read(65_536)
    except urllib.error.HTTPError as error:
        return PeerAnswer(ok=False, message=f"{peer.name}: {address} answered {error.code}")
    except (urllib.error.URLError, OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or type(error).__name__
        return PeerAnswer(ok=False, message=f"{peer.name}: {address} cannot be read: {reason}")
    if not is_statement:
        return PeerAnswer(ok=False, message=f"{peer.name}: {address} is no capability statement")
    took = _milliseconds(began)
    text = f"{peer.name} sent its capability statement in {took} ms"
    return PeerAnswer(ok=True, message=text, milliseconds=took)


def _milliseconds(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
