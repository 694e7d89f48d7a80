"""Overrides are tried on real messages and on samples, and nothing stays of it."""

from __future__ import annotations

import pytest

from integrations.hl7.inbox import map_drafts, map_trials, mapping, services
from integrations.hl7.inbox.models import InboundMessage
from integrations.hl7.maps.overrides import Override
from pacs_hub.wiring.mllp import ROUTES
from tests.support.builders import a_procedure, a_station
from tests.support.messages import orm_o01
from tests.support.mllp_door import a_sender, a_site
from worklist.models import Exam

pytestmark = pytest.mark.django_db

MOVE = Override(
    name="accession in ZOR",
    peer="HIS",
    kind="move",
    map="orm2order",
    field="accession_number",
    sources=("ZOR-2",),
)
IGNORE = Override(name="no orders", peer="*", kind="filter", message="ORM^O01", action="ignore")


@pytest.fixture(autouse=True)
def sent() -> InboundMessage:
    a_site()
    a_sender()
    a_procedure()
    a_station()
    mapping.forget()
    text = f"{orm_o01(accession='A1')}ZOR|1|ZZ9\r"
    services.receive(raw=text.encode(), address="127.0.0.1", routes=ROUTES)
    return InboundMessage.objects.get()


def test_a_message_is_read_now_and_with_the_draft(sent: InboundMessage) -> None:
    (one,) = map_trials.compare(peer="HIS", draft=[MOVE], count=10, routes=ROUTES)
    assert one.message == sent
    assert one.lost == ["orm2order accession_number = A1"]
    assert one.gained == ["orm2order accession_number = ZZ9"]
    sent.refresh_from_db()
    assert (sent.processing_state, sent.control_id != "") == ("processed", True)
    assert Exam.objects.get().accession_number == "A1"


def test_a_filter_of_the_draft_is_told(sent: InboundMessage) -> None:  # noqa: ARG001
    (one,) = map_trials.compare(peer="HIS", draft=[IGNORE], count=10, routes=ROUTES)
    assert one.then.outcome == "left out by the site's filter no orders"
    assert one.differs


def test_nothing_said_makes_no_difference(sent: InboundMessage) -> None:  # noqa: ARG001
    (one,) = map_trials.compare(peer="HIS", draft=[], count=10, routes=ROUTES)
    assert not one.differs


def test_a_sample_is_read_as_it_was_when_it_was_kept(sent: InboundMessage) -> None:
    map_trials.keep_sample(message_id=sent.pk, name="ZOR", draft=[MOVE], by="ann", routes=ROUTES)
    (good,) = map_trials.check_samples(overrides=[MOVE], routes=ROUTES)
    assert (good.passed, good.faults) == (True, [])
    (bad,) = map_trials.check_samples(overrides=[], routes=ROUTES)
    assert bad.faults == [
        "no longer orm2order accession_number = ZZ9",
        "now orm2order accession_number = A1",
    ]
    (out,) = map_trials.check_samples(overrides=[IGNORE], routes=ROUTES)
    assert "would be left out by the site's filter no orders, not processed" in out.faults
    assert InboundMessage.objects.count() == 1


def test_a_sample_needs_a_name_of_its_own_and_can_be_dropped(sent: InboundMessage) -> None:
    keep = {"message_id": sent.pk, "draft": (), "by": "ann", "routes": ROUTES}
    sample = map_trials.keep_sample(name="one", **keep)  # type: ignore[arg-type]
    for name in ("one", " "):
        with pytest.raises(map_trials.CannotBeKept):
            map_trials.keep_sample(name=name, **keep)  # type: ignore[arg-type]
    map_trials.drop_sample(sample_id=sample.pk)
    with pytest.raises(map_trials.NoSuchSample):
        map_trials.drop_sample(sample_id=sample.pk)


def test_a_draft_is_its_owners_until_it_is_given_up() -> None:
    mapping.replace_overrides([IGNORE])
    assert map_drafts.draft_of("ann") == (IGNORE,)
    map_drafts.put(owner="ann", override=MOVE, instead_of="", peers=["HIS"])
    assert [line.state for line in map_drafts.lines(map_drafts.draft_of("ann"))] == ["same", "new"]
    assert map_drafts.draft_of("bob") == (IGNORE,)
    map_drafts.take_out(owner="ann", name="no orders")
    states = {
        line.override.name: line.state for line in map_drafts.lines(map_drafts.draft_of("ann"))
    }
    assert states == {"accession in ZOR": "new", "no orders": "removed"}
    map_drafts.discard(owner="ann")
    assert map_drafts.draft_of("ann") == (IGNORE,)


def test_what_fits_nothing_does_not_get_into_a_draft() -> None:
    wrong = Override(name="", peer="HIX", kind="filter", message="*", action="ignore")
    with pytest.raises(map_drafts.OverrideWrong) as caught:
        map_drafts.put(owner="ann", override=wrong, instead_of="", peers=["HIS"])
    assert set(caught.value.problems) == {"name", "peer"}
