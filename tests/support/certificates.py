"""Certificates of a hospital of our own: an authority, the hub's, a peer's and a stranger's."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True)
class Certificates:
    """Files in PEM: who signs, what the hub shows, and what a peer or a stranger shows."""

    directory: Path

    @classmethod
    def made_in(cls, directory: Path) -> Certificates:
        """Make them; the stranger's is signed by an authority nobody here believes."""
        ours, theirs = trustme.CA(), trustme.CA()
        ours.cert_pem.write_to_path(directory / "ca.pem")
        for name, authority in (("hub", ours), ("peer", ours), ("stranger", theirs)):
            made = authority.issue_cert("127.0.0.1", "localhost", common_name=name)
            made.private_key_pem.write_to_path(directory / f"{name}.key")
            for number, pem in enumerate(made.cert_chain_pems):
                pem.write_to_path(directory / f"{name}.pem", append=number > 0)
        return cls(directory)

    def file(self, name: str) -> str:
        """Return the path of "ca.pem", "hub.key" and the like."""
        return str(self.directory / name)

    def of_the_hub(self) -> ssl.SSLContext:
        """Return the context of a door with mutual TLS."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file("hub.pem"), self.file("hub.key"))
        context.load_verify_locations(self.file("ca.pem"))
        context.verify_mode = ssl.CERT_REQUIRED
        return context

    def of_a(self, name: str = "") -> ssl.SSLContext:
        """Return the context of a caller that shows the certificate of `name`, or none."""
        context = ssl.create_default_context(cafile=self.file("ca.pem"))
        if name:
            context.load_cert_chain(self.file(f"{name}.pem"), self.file(f"{name}.key"))
        return context
