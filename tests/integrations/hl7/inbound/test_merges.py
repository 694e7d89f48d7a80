"""Two patients become one by message: direction, safety, chains, late traffic, and undoing."""

from __future__ import annotations

import pytest

from archive.models import Patient, PatientIdentifier, PatientMerge
from archive.patients.queries import find_by_identifier
from integrations.hl7.inbox import services
from integrations.hl7.inbox.models import InboundMessage
from pacs_hub.access.models import Hl7Peer
from pacs_hub.kernel.origin import Origin
from pacs_hub.wiring.mllp import ROUTES
from tests.support.builders import a_procedure, a_station
from tests.support.messages import joined, msh, orm_o01, pid
from tests.support.mllp_door import a_sender, a_site
from tests.support.peers.hospital import Ack
from worklist.accounts.queries import account_of
from worklist.identity.services import undo_merge
from worklist.models import Exam, Order

pytestmark = pytest.mark.django_db
OTHER = {"name": "SMITH^BOB", "born": "19500505", "sex": "M"}


@pytest.fixture(autouse=True)
def _hospital() -> None:
    a_site()
    a_sender()
    a_procedure()
    a_station()


def send(message: str) -> Ack:
    receipt = services.receive(raw=message.encode(), address="127.0.0.1", routes=ROUTES)
    return Ack(receipt.answer or b"")


def register(value: str, event: str = "A28", **fields: str) -> Ack:
    return send(
        joined(
            msh(f"ADT^{event}"),
            f"EVN|{event}|20261124090000",
            pid(identifier=f"{value}^^^GH^MR", account="", **fields),
        )
    )


def merge(kept: str, gone: str, *more: str, event: str = "A40", **fields: str) -> Ack:
    person = pid(identifier=kept if "^" in kept else f"{kept}^^^GH^MR", account="", **fields)
    mrg = f"MRG|{gone if '^' in gone else f'{gone}^^^GH^MR'}"
    return send(joined(msh(f"ADT^{event}"), f"EVN|{event}|20261124100000", person, mrg, *more))


def known(value: str) -> Patient | None:
    return find_by_identifier(value=value, issuer="GH")


def row(value: str) -> Patient:
    return PatientIdentifier.objects.get(value=value).patient


def states() -> list[str]:
    return list(InboundMessage.objects.order_by("pk").values_list("processing_state", flat=True))


@pytest.mark.parametrize("event", ["A40", "A39", "A34", "A36", "A18"])
def test_what_was_of_two_is_of_one(event: str) -> None:
    register("P1"), register("P2")
    send(orm_o01("NW", accession="A1", person=pid(identifier="P2^^^GH^MR")))
    assert merge("P1", "P2", event=event).code == "AA"
    assert known("P2") == known("P1") == row("P1")
    assert Order.objects.get().patient == row("P2"), "nothing is moved"
    assert (row("P2").state, row("P2").survivor) == ("merged", row("P1"))
    assert PatientMerge.objects.get().kind == event


def test_the_same_again_changes_nothing() -> None:
    register("P1"), register("P2")
    merge("P1", "P2")
    assert merge("P1", "P2").code == "AA"
    assert PatientMerge.objects.count() == 1


def test_the_old_merge_of_patient_and_account_lets_the_old_account_find_the_new() -> None:
    register("P1"), register("P2")
    person = pid(identifier="P1^^^GH^MR", account="ACC1")
    answer = send(joined(msh("ADT^A18"), "EVN||20261124", person, "MRG|P2^^^GH^MR||ACC2"))
    assert answer.code == "AA"
    assert known("P2") == row("P1")
    assert account_of(number="ACC2", authority="") == account_of(number="ACC1", authority="")


def test_one_identifier_twice_is_refused() -> None:
    register("P1")
    answer = merge("P1", "P1")
    assert (answer.code, answer.condition) == ("AE", "205")


def test_another_authority_is_for_a_person() -> None:
    register("P1")
    answer = merge("P1", "P2^^^OTHER^MR")
    assert (answer.code, answer.condition) == ("AA", "207")
    assert states()[-1] == "held"
    assert not PatientMerge.objects.exists()


def test_another_type_of_identifier_is_for_a_person() -> None:
    assert merge("P1", "P2^^^GH^PI").condition == "207"


def test_two_who_look_different_are_for_a_person_and_nothing_is_applied() -> None:
    register("P1"), register("P2", **OTHER)
    answer = merge("P1", "P2", name="DOE^JANET")
    assert (answer.code, answer.condition) == ("AA", "207")
    assert row("P1").name == "DOE^JANE"
    assert not PatientMerge.objects.exists()


def test_a_sender_that_knows_best_is_believed() -> None:
    Hl7Peer.objects.update(options={"trust_mpi": True})
    register("P1"), register("P2", **OTHER)
    merge("P1", "P2")
    assert known("P2") == row("P1")


def test_a_marriage_is_not_a_difference() -> None:
    register("P1", name="ROE^JANE"), register("P2", name="DOE^JANE")
    merge("P1", "P2", name="ROE^JANE")
    assert known("P2") == row("P1")


def test_a_survivor_nobody_knows_is_made_and_a_loser_nobody_knows_is_another_name() -> None:
    merge("P1", "P2")
    assert row("P2").state == "merged"
    send(orm_o01("NW", accession="A1", person=pid(identifier="P2^^^GH^MR")))
    assert Exam.objects.get().patient == row("P1")


def test_merged_into_another_before_is_for_a_person() -> None:
    register("P1"), register("P2"), register("P3")
    merge("P1", "P2")
    answer = merge("P3", "P2")
    assert (answer.code, answer.condition) == ("AE", "205")
    assert known("P2") == row("P1")


def test_the_other_way_round_is_a_circle_and_for_a_person() -> None:
    register("P1"), register("P2")
    merge("P1", "P2")
    answer = merge("P2", "P1")
    assert (answer.code, answer.condition) == ("AE", "205")
    assert row("P1").survivor is None


def test_chains_are_flat_whichever_end_comes_first() -> None:
    for value in ("A", "B", "C", "D"):
        register(value)
    merge("B", "A"), merge("C", "B"), merge("B", "D")
    ends = set(Patient.objects.exclude(survivor=None).values_list("survivor", flat=True))
    assert ends == {row("C").pk}
    assert {known(v) for v in ("A", "B", "C", "D")} == {row("C")}


def test_several_pairs_are_all_merged_or_none() -> None:
    register("P1"), register("P2"), register("P3"), register("P4", **OTHER)
    second = pid(identifier="P3^^^GH^MR", account="")
    merge("P1", "P2", second, "MRG|P4^^^GH^MR")
    assert not PatientMerge.objects.exists()
    merge("P1", "P2", second, "MRG|P5^^^GH^MR")
    assert known("P2") == row("P1")
    assert known("P5") == row("P3")


def test_what_comes_late_for_the_merged_is_the_survivors_and_said() -> None:
    register("P1"), register("P2")
    merge("P1", "P2")
    answer = register("P2", "A31", name="DOE^JANE^Q")
    assert answer.code == "AA"
    assert "another identifier now" in answer.raw.decode()
    assert "|I|" in answer.raw.decode()


def test_a_number_of_the_merged_given_to_somebody_else_is_for_a_person() -> None:
    register("P1"), register("P2")
    merge("P1", "P2")
    answer = register("P2", "A28", **OTHER)
    assert (answer.code, answer.condition) == ("AE", "205")
    assert states()[-1] == "held"
    kept = register("P2", "A31", **OTHER)
    assert "kept" in kept.raw.decode()
    assert row("P1").name == "DOE^JANE"


def test_undoing_gives_back_exactly_what_was() -> None:
    for value in ("A", "B", "C"):
        register(value)
    send(orm_o01("NW", accession="A1", person=pid(identifier="A^^^GH^MR")))
    before = {v: (row(v).survivor_id, row(v).state) for v in ("A", "B", "C")}
    merge("B", "A")
    between = {v: (row(v).survivor_id, row(v).state) for v in ("A", "B", "C")}
    merge("C", "B")
    by = Origin.over_http(user="anna")
    last = PatientMerge.objects.latest("pk")
    undo_merge(merge_id=last.pk, reason="two sisters", default_issuer="GH", origin=by)
    assert {v: (row(v).survivor_id, row(v).state) for v in ("A", "B", "C")} == between
    undo_merge(
        merge_id=PatientMerge.objects.earliest("pk").pk,
        reason="too",
        default_issuer="GH",
        origin=by,
    )
    assert {v: (row(v).survivor_id, row(v).state) for v in ("A", "B", "C")} == before
    moved = [(m.undoing, m.object_id, m.before, m.after) for m in last.moved.order_by("pk")]
    b, a, c = row("B").pk, row("A").pk, row("C").pk
    assert moved == [
        (False, b, "", str(c)),
        (False, a, str(b), str(c)),
        (True, b, str(c), ""),
        (True, a, str(c), str(b)),
    ]


def test_undoing_the_first_of_a_chain_leaves_the_second() -> None:
    for value in ("A", "B", "C"):
        register(value)
    merge("B", "A"), merge("C", "B")
    first = PatientMerge.objects.earliest("pk")
    undo_merge(
        merge_id=first.pk, reason="", default_issuer="GH", origin=Origin.over_http(user="anna")
    )
    assert (known("A"), known("B")) == (row("A"), row("C"))
    merge("C", "A")
    assert known("A") == row("C"), "who was parted can be merged again"


def test_a_message_without_mrg_is_refused() -> None:
    answer = send(joined(msh("ADT^A40"), "EVN|A40|20261124", pid()))
    assert (answer.code, answer.condition) == ("AE", "100")


def test_who_goes_and_was_not_known_is_found_by_every_number_of_mrg() -> None:
    assert merge("P1", "P2^^^GH^MR~X2^^^OLD^MR").code == "AA"
    register("P1")
    assert find_by_identifier(value="X2", issuer="OLD") == known("P2") == row("P1")
