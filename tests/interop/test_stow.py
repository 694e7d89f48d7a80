"""STOW-RS over real sockets into the real HTTP server: python dicomweb-client, and bare bytes."""

import io
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pydicom
import pytest
import requests
from dicomweb_client.api import DICOMwebClient

from tests.support import stow
from tests.support.datasets import ct_instance, ct_series, part10
from tests.support.hub import RunningHub, running_hub

DICOM = "application/dicom"


@dataclass(frozen=True)
class Door:
    """A running HTTP door and a token that may store."""

    hub: RunningHub
    token: str

    def head(self, *lines: str) -> bytes:
        """Return the head of a STOW-RS request."""
        told = (
            "POST /dicom-web/studies HTTP/1.1",
            f"Host: {urlsplit(self.hub.http).netloc}",
            f"Authorization: Bearer {self.token}",
            f"Content-Type: {stow.content_type()}",
            "Connection: close",
            *lines,
        )
        return ("\r\n".join(told) + "\r\n\r\n").encode()

    def connect(self) -> socket.socket:
        """Open a connection."""
        place = urlsplit(self.hub.http)
        return socket.create_connection((place.hostname, place.port), timeout=20)

    def stored(self, dataset: pydicom.Dataset) -> bool:
        """Say whether the object can be found."""
        path = f"/dicom-web/instances?SOPInstanceUID={dataset.SOPInstanceUID}"
        return bool(self.hub.get(path, token=self.token, accept="application/dicom+json"))


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """The HTTP door of a hub, as its own process."""
    folder: Path = tmp_path_factory.mktemp("stow")
    with running_hub(folder, only="http") as hub:
        yield Door(hub, hub.token("technologist"))


def answer(connection: socket.socket) -> bytes:
    """Read until the server closes."""
    out = b""
    while piece := connection.recv(65536):
        out += piece
    return out


def in_chunks(content: bytes) -> bytes:
    pieces = [content[n : n + 999] for n in range(0, len(content), 999)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)


def body(*datasets: pydicom.Dataset) -> bytes:
    return stow.body(*((DICOM, part10(dataset)) for dataset in datasets))


def test_dicomweb_client_stores_more_than_a_megabyte_in_chunks(door: Door) -> None:
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {door.token}"
    client = DICOMwebClient(f"{door.hub.http}/dicom-web", session=session)
    sent = [pydicom.dcmread(io.BytesIO(part10(ds))) for ds in ct_series(3, rows=600, columns=600)]
    result = client.store_instances(sent)
    assert len(result.ReferencedSOPSequence) == 3
    assert all(door.stored(dataset) for dataset in sent)


def test_a_caller_that_waits_for_leave_to_send_gets_it(door: Door) -> None:
    content = body(ct_instance())
    with door.connect() as connection:
        length = f"Content-Length: {len(content)}"
        connection.sendall(door.head(length, "Expect: 100-continue"))
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        connection.sendall(content)
        assert answer(connection).startswith(b"HTTP/1.1 200 ")


def test_a_body_in_chunks_needs_no_length(door: Door) -> None:
    sent = ct_instance()
    with door.connect() as connection:
        connection.sendall(door.head("Transfer-Encoding: chunked"))
        connection.sendall(in_chunks(body(sent)) + b"0\r\n\r\n")
        assert answer(connection).startswith(b"HTTP/1.1 200 ")
    assert door.stored(sent)


def test_a_caller_that_stops_in_the_middle_is_told_what_is_stored(door: Door) -> None:
    one, two = ct_instance(), ct_instance()
    content = body(one, two)
    with door.connect() as connection:
        connection.sendall(door.head(f"Content-Length: {len(content)}") + content[:-300])
        connection.shutdown(socket.SHUT_WR)
        head, _, told = answer(connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 202 ")
    assert len(json.loads(told)["0008119A"]["Value"]) == 1
    assert (door.stored(one), door.stored(two)) == (True, False)
