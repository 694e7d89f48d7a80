"""Who may send is asked of the configuration, and believed for a moment only."""

from __future__ import annotations

import time

import pytest

from integrations.hl7.inbox.admission import Doorkeeper, UnknownSender
from integrations.hl7.message import Header
from pacs_hub.access.models import Hl7Peer
from tests.support.messages import msh
from tests.support.mllp_door import a_sender, a_site

pytestmark = pytest.mark.django_db


def header(**over: str) -> Header:
    return Header.of(msh("ADT^A01", **over).encode())  # type: ignore[arg-type]


def admitted(doorkeeper: Doorkeeper, **over: str) -> str:
    return doorkeeper.admit(header(**over), address="127.0.0.1").name


def test_the_most_exact_peer_is_the_sender() -> None:
    a_sender(name="ANY", application="*", facility="*")
    a_sender(name="HIS")
    assert admitted(Doorkeeper()) == "HIS"
    assert admitted(Doorkeeper(), application="OTHER") == "ANY"


def test_an_assigning_authority_after_the_name_does_not_matter() -> None:
    a_sender()
    assert admitted(Doorkeeper(), application="HIS^1.2.3^ISO") == "HIS"


def test_a_refusal_is_not_remembered_and_an_admission_only_for_a_moment() -> None:
    doorkeeper = Doorkeeper(remember_seconds=0.2)
    with pytest.raises(UnknownSender):
        admitted(doorkeeper)
    a_sender()
    assert admitted(doorkeeper) == "HIS"
    Hl7Peer.objects.all().delete()
    assert admitted(doorkeeper) == "HIS"
    time.sleep(0.25)
    with pytest.raises(UnknownSender):
        admitted(doorkeeper)


def test_the_site_is_the_configured_one() -> None:
    doorkeeper = Doorkeeper()
    assert doorkeeper.site().facility == "HUB"
    a_site()
    assert doorkeeper.site().facility == "GH"
