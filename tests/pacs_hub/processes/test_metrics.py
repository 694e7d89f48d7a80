"""Numbers about the hub, none about a person."""

from __future__ import annotations

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from pacs_hub.access.services import record_refusal

pytestmark = pytest.mark.django_db


def test_metrics_are_prometheus_text(client: Client) -> None:
    record_refusal(
        door="dimse", caller="X", address="10.0.0.9", asked_for="echo", reason="unknown", code="x"
    )
    response = client.get("/metrics")
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/plain")
    samples = {
        sample.name: sample.value
        for family in text_string_to_metric_families(response.content.decode())
        for sample in family.samples
        if not sample.labels
    }
    assert samples["pacs_hub_refused_callers"] == 1
    assert samples["pacs_hub_outbox_dead"] == 0
    assert samples["pacs_hub_archive_findings"] == 0
    assert samples["pacs_hub_studies_receiving"] == 0
