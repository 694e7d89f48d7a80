"""Merges that come at one moment over several connections end as if one had come first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from archive.models import Patient, PatientMerge
from integrations.hl7.inbox import services
from pacs_hub.wiring.mllp import ROUTES
from tests.support.messages import joined, msh, pid
from tests.support.mllp_door import a_sender, a_site
from tests.support.peers.hospital import Ack

pytestmark = pytest.mark.django_db(transaction=True)


def send(*segments: str) -> Ack:
    try:
        raw = joined(*segments).encode()
        receipt = services.receive(raw=raw, address="127.0.0.1", routes=ROUTES)
        return Ack(receipt.answer or b"")
    finally:
        connection.close()


def merge(kept: str, gone: str) -> Ack:
    person = pid(identifier=f"{kept}^^^GH^MR", account="")
    return send(msh("ADT^A40"), "EVN|A40|20261124100000", person, f"MRG|{gone}^^^GH^MR")


def test_each_into_the_other_is_one_merge_and_one_case_for_a_person() -> None:
    a_site()
    a_sender()
    for value in ("P1", "P2"):
        send(msh("ADT^A28"), "EVN|A28|20261124", pid(identifier=f"{value}^^^GH^MR", account=""))
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(merge, ("P1", "P2"), ("P2", "P1")))
    assert sorted(answer.code for answer in answers) == ["AA", "AE"]
    assert PatientMerge.objects.count() == 1


def test_many_into_one_at_once_are_all_merged() -> None:
    a_site()
    a_sender()
    losers = [f"L{n}" for n in range(8)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(merge, ["S"] * len(losers), losers))
    assert {answer.code for answer in answers} == {"AA"}
    assert Patient.objects.filter(survivor=None).count() == 1
    assert PatientMerge.objects.count() == len(losers)
