"""/api/sendings/ through the door."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from archive.models import Instance, Sending
from archive.storage.filesystem import FilesystemArea
from pacs_hub.access.services import replace_peers
from tests.support.callers import caller
from tests.support.datasets import ct_series
from tests.support.dicom_door import dicom_peer
from tests.support.forwarding import drive_all
from tests.support.peers.archive import other_archive
from tests.support.stored import store

pytestmark = pytest.mark.django_db
PLACE = "/api/sendings/"


@pytest.fixture
def rows(area: FilesystemArea) -> list[Instance]:
    """Three images of one study, and a peer WS that is away."""
    replace_peers(dicom=[dicom_peer("WS", host="127.0.0.1", port=9)], hl7=(), fhir=())
    return store(*ct_series(3), area=area)


def send(client: Client, row: Instance, **over: Any) -> Any:
    body = {"study_instance_uid": row.study.study_instance_uid, "destination": "WS"} | over
    return client.post(PLACE, body, content_type="application/json")


def test_a_study_is_sent_and_seen(area: FilesystemArea, rows: list[Instance]) -> None:
    client = caller("technologist")
    with other_archive(ae_title="WS") as other:
        peer = dicom_peer("WS", host="127.0.0.1", port=other.port)
        replace_peers(dicom=[peer], hl7=(), fhir=())
        response = send(client, rows[0])
        assert response.status_code == 201
        assert drive_all(area) == 3
    told = client.get(f"{PLACE}{response.json()['id']}/").json()
    assert (told["state"], told["number_sent"], told["destination"]) == ("sent", 3, "WS")
    assert client.get(PLACE, {"state": "sent"}).json()["results"] == [told]
    assert client.get(PLACE, {"state": "queued"}).json()["count"] == 0


def test_a_series_and_instances_of_it_are_sent(rows: list[Instance]) -> None:
    client, series = caller("admin"), rows[0].series.series_instance_uid
    assert send(client, rows[0], series_instance_uid=series).json()["number_of_objects"] == 3
    some = [row.sop_instance_uid for row in rows[:2]]
    made = send(client, rows[0], series_instance_uid=series, sop_instance_uids=some)
    assert made.json()["number_of_objects"] == 2
    assert send(client, rows[0], sop_instance_uids=some).status_code == 400


@pytest.mark.parametrize(
    ("over", "status", "code"),
    [
        ({"destination": "NOBODY"}, 404, "unknown-destination"),
        ({"study_instance_uid": "1.2.3.4"}, 404, "no-such-object"),
        ({"study_instance_uid": "x"}, 400, None),
        ({"transfer_syntax": "jpeg"}, 400, "wrong-value"),
        ({"anonymise": "full"}, 400, "wrong-value"),
        ({"retain": ["name"]}, 400, "wrong-value"),
    ],
)
def test_what_cannot_be_sent_is_told(
    rows: list[Instance], over: dict[str, Any], status: int, code: str | None
) -> None:
    response = send(caller("admin"), rows[0], **over)
    assert response.status_code == status
    assert code is None or response.json()["code"] == code
    assert not Sending.objects.exists()


def test_a_person_stops_it_and_goes_on(area: FilesystemArea, rows: list[Instance]) -> None:
    client = caller("admin")
    place = f"{PLACE}{send(client, rows[0]).json()['id']}/"
    for act, state in [
        ("pause", "paused"),
        ("resume", "queued"),
        ("cancel", "cancelled"),
        ("retry", "queued"),
    ]:
        assert client.post(f"{place}{act}/").json()["state"] == state
    assert client.post(f"{place}resume/").status_code == 409
    assert client.post(f"{PLACE}0/cancel/").status_code == 404
    assert drive_all(area) == 0
    told = client.get(place).json()
    assert (told["state"], told["error_code"]) == ("queued", "peer-unreachable")
    (lane,) = client.get(f"{PLACE}lanes/").json()["results"]
    assert (lane["destination"], lane["objects"]) == ("WS", 3)
    assert "does not answer" in lane["error"]
    assert client.get(f"{place}problems/").json()["count"] == 0


def test_only_some_roles_may(rows: list[Instance]) -> None:
    assert send(caller("billing"), rows[0]).status_code == 403
    assert send(caller("referrer"), rows[0]).status_code == 403
    assert caller("auditor").get(PLACE).status_code == 403
