"""What /healthz says when something is wrong."""

from __future__ import annotations

import json
import socket

import pytest
from django.test import Client
from pytest_django import Settings

from pacs_hub.processes import health
from tests.support.ports import free_ports

pytestmark = pytest.mark.django_db


def test_a_broker_that_is_away_is_told_without_its_address(
    client: Client, settings: Settings
) -> None:
    settings.REDIS_URL = "redis://:hunter2@127.0.0.1:1/0"
    response = client.get("/healthz")
    assert response.status_code == 503
    lines = {
        (found := json.loads(line))["component"]: found for line in response.content.splitlines()
    }
    assert lines["database"] == {"component": "database", "ok": True}
    assert lines["redis"] == {"component": "redis", "ok": False, "trouble": "ConnectionError"}
    assert b"hunter2" not in response.content


def test_a_door_is_asked_by_connecting(settings: Settings) -> None:
    settings.HUB_LOCAL_HOST = "127.0.0.1"
    (port,) = free_ports(1)
    assert health.door(port) == f"port {port}: Connection refused"
    with socket.create_server(("127.0.0.1", port)):
        assert health.door(port) == ""


def test_a_closed_door_is_not_asked(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(health.PROCESSES, raising=False)
    settings.HUB_DICOM_PORT = 0
    assert "dicom" not in {finding.component for finding in health.findings()}


def test_a_door_of_another_machine_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(health.PROCESSES, "http,mllp")
    components = {finding.component for finding in health.findings()}
    assert "mllp" in components
    assert "dicom" not in components
