"""Every object of many makers goes in, is found and comes back byte for byte, or is kept aside.

every_sample.tsv, judged by hand, says of each object that is not simply filed what its sender is
answered over C-STORE and STOW-RS, under which reason it is kept for a person, and why.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from archive.models import Instance, KeptAside, Patient, Study
from archive.storage.current import area
from pacs_hub.access.services import issue_token
from tests.support.dicom_door import dicom_peer, open_door
from tests.support.makers import Made, made_by_many, waves
from tests.support.peers.archive import other_archive
from tests.support.peers.sample_seeker import Seeker
from tests.support.peers.sample_sender import store_on_one_association
from tests.support.peers.web_client import WebClient

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore"),  # pydicom warns of what is odd; that is the point
]
TABLE = Path(__file__).with_name("every_sample.tsv")


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the sender is answered, and what became of the object."""

    status: int
    outcome: str


FILED = Verdict(status=0, outcome="filed")


def judged(door: str) -> dict[str, Verdict]:
    """Return what the table says of the objects that come by this door: c_store or stow."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return {
        row["file"]: Verdict(status=int(row[door], 16), outcome=row[f"{door}_outcome"])
        for row in rows
    }


def became(wave: list[Made], statuses: dict[str, int]) -> dict[str, Verdict]:
    """Look what there is of each object: a row of the index, or bytes kept aside for a person."""
    filed = set(Instance.objects.values_list("sop_instance_uid", flat=True))
    aside: dict[bytes, str] = {}
    for row in KeptAside.objects.all():
        with area().open(row.storage_key) as file:
            aside[file.read()] = row.reason

    def outcome(one: Made) -> str:
        if one.sop_instance_uid in filed:
            return "filed"
        return next((why for content, why in aside.items() if content.endswith(one.data_set)), "")

    return {one.name: Verdict(status=statuses[one.name], outcome=outcome(one)) for one in wave}


def forget_everything() -> None:
    """Empty the archive for the next wave."""
    KeptAside.objects.all().delete()
    Study.objects.all().delete()
    Patient.objects.all().delete()


@contextmanager
def both_doors(
    settings: Settings, folder: Path, server: LiveServer, wave: list[Made]
) -> Iterator[Seeker]:
    """Open DICOM and HTTP, and another archive that takes what we move to it."""
    settings.HUB_PUBLIC_URL = server.url
    takes: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for one in wave:
        takes[one.sop_class_uid] += (one.transfer_syntax_uid,)
    client = WebClient(server.url, issue_token(name=f"client-{folder.name}", role="technologist"))
    with other_archive(takes, max_pdu=65_536) as other:
        peers = dicom_peer(), dicom_peer("OTHER", host="127.0.0.1", port=other.port)
        with open_door(settings, folder, *peers) as port:
            yield Seeker(port=port, web=client, other=other)


def by_c_store(hub: Seeker, wave: list[Made]) -> dict[str, int]:
    """Send a wave over DIMSE."""
    return store_on_one_association(hub.port, wave)


def by_stow(hub: Seeker, wave: list[Made]) -> dict[str, int]:
    """Send a wave in one request."""
    return hub.web.stow(wave)


@pytest.mark.parametrize(("door", "send"), [("c_store", by_c_store), ("stow", by_stow)])
def test_every_object_is_filed_and_comes_back_or_is_kept_aside(
    settings: Settings,
    tmp_path: Path,
    live_server: LiveServer,
    door: str,
    send: Callable[[Seeker, list[Made]], dict[str, int]],
) -> None:
    expected, wrong, filed_in_all = judged(door), [], 0
    for number, wave in enumerate(waves(made_by_many())):
        with both_doors(settings, tmp_path / str(number), live_server, wave) as hub:
            for name, verdict in became(wave, send(hub, wave)).items():
                if verdict != expected.get(name, FILED):
                    wrong.append(f"{name}: {verdict}")
            rows = set(Instance.objects.values_list("sop_instance_uid", flat=True))
            filed = [one for one in wave if one.sop_instance_uid in rows]
            wrong += hub.not_found(filed)
            wrong += hub.not_given_back(filed)
        filed_in_all += len(filed)
        forget_everything()
    assert wrong == [], "\n".join(wrong)
    assert filed_in_all > 150
