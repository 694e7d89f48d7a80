"""What a process dies of is kept all the same, and brought to a person when it happens again."""

from __future__ import annotations

from pathlib import Path

import pytest

from integrations.hl7.inbox import recovery, rules, services
from integrations.hl7.inbox.arrivals import Arrival
from integrations.hl7.inbox.in_hand import InHand, left
from integrations.hl7.inbox.models import InboundMessage
from pacs_hub.kernel import clock
from pacs_hub.wiring.mllp import ROUTES
from tests.support.messages import adt, msh
from tests.support.mllp_door import a_sender, a_site

ONE = Arrival(raw=b"MSH|^~\\&|one", address="10.0.0.1")
TWO = Arrival(raw=b"MSH|^~\\&|two" + bytes(range(256)), address="::1", truncated=True)


def test_what_was_begun_is_read_back(tmp_path: Path) -> None:
    InHand(tmp_path, "7").take([ONE, TWO])
    assert [arrivals for _, arrivals in left(tmp_path)] == [[ONE, TWO]]


def test_what_was_settled_leaves_nothing(tmp_path: Path) -> None:
    paper = InHand(tmp_path, "7")
    paper.take([ONE, TWO])
    paper.put_down()
    paper.take([TWO])
    paper.put_down()
    assert [arrivals for _, arrivals in left(tmp_path)] == [[]]
    paper.close()
    assert not list(left(tmp_path))


def test_a_paper_cut_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    paper = InHand(tmp_path, "7")
    paper.take([ONE, TWO])
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-12])
    assert [arrivals for _, arrivals in left(tmp_path)] == [[ONE]]


@pytest.mark.django_db
def test_a_message_the_hub_died_of_is_kept_tried_and_at_last_held() -> None:
    a_site()
    a_sender()
    arrival = Arrival(raw=adt(header=msh("ADT^A01", number="M1")).encode(), address="127.0.0.1")
    for times in range(1, rules.ATTEMPTS + 1):
        assert recovery.take_in_hand(arrivals=[arrival]) == 1
        row = InboundMessage.objects.get(processing_state="received")
        assert row.attempts == times
    receipt = services.receive(raw=arrival.raw, address="127.0.0.1", routes=ROUTES)
    assert b"MSA|AA|M1|held: " in (receipt.answer or b"")
    row = InboundMessage.objects.get(pk=receipt.message_id)
    assert (row.processing_state, row.error_code) == ("held", "ends-the-process")


@pytest.mark.django_db
def test_what_was_committed_before_the_process_died_is_not_kept_twice() -> None:
    a_site()
    a_sender()
    raw = adt(header=msh("ADT^A01", number="M1")).encode()
    services.receive(raw=raw, address="127.0.0.1", routes=ROUTES)
    assert recovery.take_in_hand(arrivals=[Arrival(raw=raw, address="127.0.0.1")]) == 0


@pytest.mark.django_db
def test_what_nobody_sends_again_is_applied_by_the_sweep_or_held() -> None:
    a_site()
    a_sender()
    good, bad = (
        Arrival(raw=adt(header=msh("ADT^A01", number=n)).encode(), address="127.0.0.1")
        for n in ("M1", "M2")
    )
    recovery.take_in_hand(arrivals=[good, bad])
    InboundMessage.objects.filter(control_id="M2").update(attempts=rules.ATTEMPTS)
    later = clock.now() + rules.LEFT_BEHIND_AFTER * 2
    recovery.process_left_behind(routes=ROUTES, now=later, lease_seconds=30)
    states = dict(InboundMessage.objects.values_list("control_id", "processing_state"))
    assert states == {"M1": "processed", "M2": "held"}
