"""Overrides are put in force as a version of the site file, and nothing else is touched."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.hl7.inbox import map_trials, mapping, services
from integrations.hl7.inbox.models import InboundMessage
from integrations.hl7.maps.overrides import Override
from pacs_hub.access.models import Hl7Peer
from pacs_hub.kernel.origin import Origin
from pacs_hub.site import maps, queries
from pacs_hub.site.schema import SiteFileWrong
from pacs_hub.site.services import apply, check
from pacs_hub.wiring.mllp import ROUTES
from tests.pacs_hub.site.test_hl7_map import PEER
from tests.pacs_hub.site.test_schema import SITE
from tests.support.builders import a_procedure, a_station
from tests.support.messages import orm_o01
from tests.support.mllp_door import a_sender

pytestmark = pytest.mark.django_db

ANN = Origin(door="http", actor="ann")
MOVE = Override(
    name="accession in ZOR",
    peer="HIS",
    kind="move",
    map="orm2order",
    field="accession_number",
    sources=("ZOR-2",),
)


@pytest.fixture
def applied() -> None:
    apply(text=SITE + PEER, origin=ANN)
    a_procedure()
    a_station()


def a_sample() -> None:
    text = f"{orm_o01(accession='A1')}ZOR|1|ZZ9\r"
    services.receive(raw=text.encode(), address="127.0.0.1", routes=ROUTES)
    row = InboundMessage.objects.get()
    map_trials.keep_sample(message_id=row.pk, name="plain", draft=[], by="ann", routes=ROUTES)


@pytest.mark.usefixtures("applied")
def test_a_promotion_is_a_version_with_author_and_reason() -> None:
    a_sender(name="BY HAND", application="X")
    version = maps.promote(overrides=[MOVE], note="HIS moved it", origin=ANN)
    assert (version.number, version.applied_by, version.note) == (2, "ann", "HIS moved it")
    assert version.changes == ["hl7_map accession in ZOR: added"]
    assert mapping.in_force() == (MOVE,)
    assert Hl7Peer.objects.filter(name="BY HAND").exists()
    assert [row.number for row in queries.map_history()] == [2, 1]
    maps.roll_back(number=1, origin=ANN)
    assert mapping.in_force() == ()
    assert [row.number for row in queries.map_history()] == [3, 2, 1]


@pytest.mark.usefixtures("applied")
def test_one_goes_back_to_the_overrides_of_a_version_alone() -> None:
    maps.promote(overrides=[MOVE], note="try", origin=ANN)
    maps.promote(overrides=[], note="no", origin=ANN)
    version = maps.roll_back(number=2, origin=ANN)
    assert (version.number, version.note) == (4, "back to version 2")
    assert mapping.in_force() == (MOVE,)
    with pytest.raises(maps.NoSuchVersion):
        maps.roll_back(number=9, origin=ANN)


@pytest.mark.usefixtures("applied")
def test_nothing_is_promoted_without_a_reason_or_a_change() -> None:
    for overrides, note in (([], "why"), ([MOVE], " ")):
        with pytest.raises(maps.NothingToPromote):
            maps.promote(overrides=overrides, note=note, origin=ANN)


@pytest.mark.usefixtures("applied")
def test_what_fits_nothing_is_not_promoted() -> None:
    wrong = Override(name="x", peer="RIS", kind="filter", message="*", action="ignore")
    with pytest.raises(SiteFileWrong):
        maps.promote(overrides=[wrong], note="why", origin=ANN)


def test_a_site_file_comes_first() -> None:
    with pytest.raises(maps.NoSiteFile):
        maps.promote(overrides=[MOVE], note="why", origin=ANN)


@pytest.mark.usefixtures("applied")
def test_a_sample_that_would_be_read_otherwise_stops_it() -> None:
    a_sample()
    with pytest.raises(maps.SamplesFail, match="plain"):
        maps.promote(overrides=[MOVE], note="why", origin=ANN)
    assert maps.faults([MOVE])[0] == ("sample plain: no longer orm2order accession_number = A1")
    maps.promote(overrides=[MOVE], note="why", origin=ANN, despite_samples=True)


@pytest.mark.usefixtures("applied")
def test_a_file_brings_its_overrides_and_takes_others_away() -> None:
    maps.promote(overrides=[MOVE], note="why", origin=ANN)
    assert "hl7_map accession in ZOR: removed" in check(text=SITE + PEER).changes
    apply(text=SITE + PEER, origin=ANN)
    assert mapping.in_force() == ()


@pytest.mark.usefixtures("applied")
def test_a_draft_that_was_compared_with_an_older_file_takes_nobodys_work_away() -> None:
    maps.promote(overrides=[MOVE], note="bob", origin=ANN, seen=1)
    with pytest.raises(maps.ChangedMeanwhile):
        maps.promote(overrides=[], note="ann", origin=ANN, seen=1)
    assert mapping.in_force() == (MOVE,)


@pytest.mark.usefixtures("applied")
def test_one_goes_back_though_the_key_of_a_sample_is_gone(settings: Any) -> None:
    settings.HUB_MESSAGE_KEYS = (b"1" * 32,)
    a_sample()
    maps.promote(overrides=[MOVE], note="try", origin=ANN, despite_samples=True)
    maps.promote(overrides=[], note="no", origin=ANN, despite_samples=True)
    settings.HUB_MESSAGE_KEYS = (b"2" * 32,)
    (checked,) = maps.checked([])
    assert "key" in checked.found.outcome
    assert maps.roll_back(number=2, origin=ANN).number == 4
