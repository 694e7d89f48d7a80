"""The MLLP and DICOM doors inside TLS: who shows no certificate we believe gets nowhere."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pytest_django import Settings

from archive.models import Instance
from integrations.hl7.inbox.models import InboundMessage
from pacs_hub.access.models import PeerCertificate
from pacs_hub.processes import dimse_scp, tls
from pacs_hub.processes.startup import CannotStart
from tests.support.browsing import browser, text_of
from tests.support.certificates import Certificates
from tests.support.datasets import ct_instance, part10
from tests.support.dicom_door import open_door
from tests.support.messages import adt, msh
from tests.support.mllp_door import a_sender, a_site, listening
from tests.support.peers import dcmtk
from tests.support.peers.hospital import HospitalSystem
from tests.support.ports import free_ports
from tests.support.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Return certificates made for these tests."""
    return Certificates.made_in(tmp_path_factory.mktemp("certificates"))


def test_a_message_comes_in_over_mutual_tls(certificates: Certificates) -> None:
    a_site()
    a_sender()
    with (
        listening(tls=certificates.of_the_hub()) as port,
        HospitalSystem(port, tls=certificates.of_a("peer")) as his,
    ):
        big = adt("A01", header=msh("ADT^A01^ADT_A01", number="M1")) + f"NTE|1||{'x' * 300_000}\r"
        assert his.send(big).code == "AA"
        assert his.send(adt("A01", header=msh("ADT^A01^ADT_A01", number="M2"))).code == "AA"
    assert InboundMessage.objects.filter(processing_state="processed").count() == 2
    row = PeerCertificate.objects.get()
    assert (row.door, row.address, row.subject) == ("in", "127.0.0.1", "peer")
    assert "peer calls from 127.0.0.1 is valid" in text_of(browser("admin").get("/connections/"))


@pytest.mark.parametrize("shown", ["", "stranger"])
def test_a_caller_without_a_certificate_we_believe_cannot_say_a_word(
    certificates: Certificates, shown: str
) -> None:
    a_site()
    a_sender()
    with listening(tls=certificates.of_the_hub()) as port:
        with (
            pytest.raises(OSError, match=r"(?i)alert|reset|hung up|closed|broken"),
            HospitalSystem(port, tls=certificates.of_a(shown)) as stranger,
        ):
            stranger.send(adt("A01", header=msh("ADT^A01^ADT_A01", number="M1")))
        with HospitalSystem(port, tls=certificates.of_a("peer")) as his:
            assert his.send(adt("A01", header=msh("ADT^A01^ADT_A01", number="M2"))).code == "AA"
    assert InboundMessage.objects.count() == 1


def test_older_versions_of_tls_are_not_spoken(
    certificates: Certificates, settings: Settings
) -> None:
    settings.HUB_TLS_CERT = certificates.file("hub.pem")
    settings.HUB_TLS_KEY = certificates.file("hub.key")
    settings.HUB_TLS_CA = ""
    context = tls.server_context()
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert context.verify_mode == ssl.CERT_NONE
    settings.HUB_TLS_CA = certificates.file("ca.pem")
    assert tls.server_context().verify_mode == ssl.CERT_REQUIRED


def test_a_key_that_does_not_fit_the_certificate_stops_the_start_with_one_line(
    certificates: Certificates, settings: Settings
) -> None:
    settings.HUB_TLS_CERT = certificates.file("hub.pem")
    settings.HUB_TLS_KEY = certificates.file("peer.key")
    with pytest.raises(CannotStart, match="HUB_TLS_CERT, HUB_TLS_KEY: cannot be used: key values"):
        tls.server_context()


@contextmanager
def dicom_inside_tls(settings: Settings, certificates: Certificates, folder: Path) -> Iterator[int]:
    """Serve DICOM on a TLS port as the process does, beside the plain door of the fixture."""
    [port] = free_ports(1)
    settings.HUB_BIND, settings.HUB_DICOM_PORT, settings.HUB_DICOM_TLS_PORT = "127.0.0.1", 0, port
    settings.HUB_TLS_CERT = certificates.file("hub.pem")
    settings.HUB_TLS_KEY = certificates.file("hub.key")
    settings.HUB_TLS_CA = certificates.file("ca.pem")
    stop = threading.Event()
    with open_door(settings, folder):
        server = threading.Thread(target=dimse_scp.serve, args=(stop,))
        server.start()
        wait_until(lambda: dcmtk.listens(port), seconds=10, what="the TLS door listens")
        try:
            yield port
        finally:
            stop.set()
            server.join(15)
            assert not server.is_alive()


def test_dcmtk_stores_over_mutual_tls_and_a_stranger_does_not(
    settings: Settings, certificates: Certificates, tmp_path: Path
) -> None:
    (tmp_path / "ct.dcm").write_bytes(part10(ct_instance()))

    def store(port: int, name: str) -> dcmtk.Run:
        keys = (certificates.file(f"{name}.key"), certificates.file(f"{name}.pem"))
        trust = ("+cf", certificates.file("ca.pem"))
        names = ("-aet", "CT1", "-aec", "PACSHUB")
        where = ("127.0.0.1", str(port), str(tmp_path / "ct.dcm"))
        return dcmtk.run("storescu", "+tls", *keys, *trust, *names, *where)

    with dicom_inside_tls(settings, certificates, tmp_path) as port:
        refused = store(port, "stranger")
        assert refused.code != 0
        assert Instance.objects.count() == 0
        stored = store(port, "peer")
        assert stored.code == 0, stored.text
        assert Instance.objects.count() == 1
