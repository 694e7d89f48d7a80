"""Whom we call: the peers of the site file that have a host and a port."""

from __future__ import annotations

from archive.requestor.association import Peer, PeerAway
from pacs_hub.access.queries import dicom_peer


def configured_peer(ae_title: str, *, ours: str, port_option: str = "") -> Peer:
    """Return the peer of that title; `ours` is the AE title we call it with.

    `port_option` names the option that holds another port for this purpose, where the peer has one.

    Raises:
        PeerAway: it is not configured with host and port (no-address).
    """
    row = dicom_peer(ae_title)
    port = None if row is None else (row.options.get(port_option) or row.port)
    if row is None or not row.host or not port:
        raise PeerAway(f"the site file has no host and port of {ae_title}", code="no-address")
    return Peer(ae_title=row.ae_title, host=row.host, port=int(port), calling_ae=ours)
