"""A receiver inside TLS is shown our certificate, and has to show one we believe."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings

from integrations.hl7.outbound.models import OutboundIncident
from tests.support.certificates import Certificates
from tests.support.peers.hospital import receiving
from tests.support.sending import a_queued_charge, send

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_charge_leaves_inside_tls(tmp_path: Path, settings: Settings) -> None:
    files = Certificates.made_in(tmp_path)
    settings.HUB_TLS_CERT, settings.HUB_TLS_KEY = files.file("peer.pem"), files.file("peer.key")
    settings.HUB_TLS_CA = files.file("ca.pem")
    with receiving(tls=files.of_the_hub()) as billing:
        row = a_queued_charge(billing.port, options={"tls": True})
        assert send(answer_seconds=5) == 1
        row.refresh_from_db()
        assert row.state == "acknowledged"
        assert len(billing.messages) == 1


def test_a_certificate_of_ours_that_is_gone_is_an_incident(settings: Settings) -> None:
    settings.HUB_TLS_CERT = "/nowhere.pem"
    with receiving() as billing:
        row = a_queued_charge(billing.port, options={"tls": True})
        assert send() == 0
        assert billing.messages == []
    row.refresh_from_db()
    assert (row.state, row.error_code) == ("queued", "tls-not-ready")
    assert OutboundIncident.objects.get().code == "tls-not-ready"
