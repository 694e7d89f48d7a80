"""The page of the maps: a draft, what it would do, samples, and putting it in force."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from integrations.hl7.inbox import mapping, services
from integrations.hl7.inbox.map_models import MapSample
from integrations.hl7.inbox.models import InboundMessage
from pacs_hub.audit.models import AuditRow
from pacs_hub.kernel.origin import Origin
from pacs_hub.site.models import SiteVersion
from pacs_hub.site.services import apply
from pacs_hub.wiring.mllp import ROUTES
from tests.pacs_hub.site.test_hl7_map import PEER
from tests.pacs_hub.site.test_schema import SITE
from tests.support.browsing import browser, text_of
from tests.support.builders import a_procedure, a_station
from tests.support.messages import orm_o01

pytestmark = pytest.mark.django_db

PATH = "/messages/maps/"
MOVE = {
    "kind": "move",
    "name": "accession in ZOR",
    "peer": "HIS",
    "target": "orm2order.accession_number",
    "sources": "ZOR-2, OBR-18",
}


@pytest.fixture(autouse=True)
def applied() -> None:
    apply(text=SITE + PEER, origin=Origin(door="command", actor="root"))
    a_procedure()
    a_station()


def send() -> InboundMessage:
    text = f"{orm_o01(accession='A1')}ZOR|1|ZZ9\r"
    services.receive(raw=text.encode(), address="127.0.0.1", routes=ROUTES)
    return InboundMessage.objects.get()


def save(client: Client, **over: Any) -> Any:
    return client.post(f"{PATH}save/", MOVE | over)


def test_an_empty_page_says_what_it_is_for() -> None:
    text = text_of(browser("admin").get(PATH))
    assert "No overrides" in text
    assert "Nothing was changed yet" in text


@pytest.mark.parametrize("kind", ["move", "default", "constant", "code", "filter"])
def test_each_kind_has_its_form(kind: str) -> None:
    page = browser("admin").get(f"{PATH}?new={kind}").content.decode()
    assert f'name="kind" value="{kind}"' in page


def test_an_override_is_drafted_tried_and_put_in_force() -> None:
    send()
    admin = browser("admin")
    assert save(admin).status_code == 302
    assert mapping.in_force() == ()
    text = text_of(admin.get(f"{PATH}?peer=HIS&count=5"))
    assert AuditRow.objects.filter(object_type="message", object_id="tried").count() == 1
    assert "Accession number comes from ZOR-2, else OBR-18" in text
    assert "orm2order accession_number = ZZ9" in text
    assert "1 of 1 message would be read otherwise" in text
    assert 'name="seen" value="1"' in admin.get(PATH).content.decode()
    admin.post(f"{PATH}promote/", {"note": "since the upgrade", "seen": "0"})
    assert mapping.in_force() == ()
    admin.post(f"{PATH}promote/", {"note": "since the upgrade", "seen": "1"})
    assert [row.name for row in mapping.in_force()] == ["accession in ZOR"]
    text = text_of(admin.get(PATH))
    assert "since the upgrade" in text
    assert "Version 2 is in force" in text


def test_an_override_is_edited_and_taken_out() -> None:
    admin = browser("admin")
    save(admin)
    save(admin, name="renamed", instead_of="accession in ZOR")
    assert "accession in ZOR" not in text_of(admin.get(PATH))
    assert 'value="renamed"' in admin.get(f"{PATH}?edit=renamed").content.decode()
    admin.post(f"{PATH}remove/", {"name": "renamed"})
    assert "renamed" not in text_of(admin.get(PATH))
    save(admin)
    admin.post(f"{PATH}discard/")
    assert "No overrides" in text_of(admin.get(PATH))


def test_what_is_wrong_is_told_beside_its_field() -> None:
    answer = save(browser("admin"), sources="ZOR")
    assert answer.status_code == 400
    text = text_of(answer)
    assert "is no place in a message" in text
    assert 'value="accession in ZOR"' in answer.content.decode()


def test_a_filter_for_a_field_that_is_not_sent() -> None:
    admin = browser("admin")
    said = {"kind": "filter", "name": "no visit", "peer": "*", "message": "adt^*"}
    admin.post(f"{PATH}save/", said | {"path": "PV1-2", "equals": "", "action": "hold"})
    assert "ADT^* whose PV1-2 is empty goes to a person" in text_of(admin.get(PATH))


def test_a_message_is_kept_as_a_sample_and_guards_the_draft() -> None:
    row, admin = send(), browser("admin")
    admin.post(f"{PATH}samples/keep/", {"message": row.pk, "name": "plain order"})
    assert "as it must be" in text_of(admin.get(f"{PATH}?run=1"))
    save(admin)
    assert "No longer orm2order accession_number = A1" in text_of(admin.get(f"{PATH}?run=1"))
    admin.post(f"{PATH}promote/", {"note": "why"})
    assert mapping.in_force() == ()
    assert "these samples would be read otherwise: plain order" in text_of(admin.get(PATH))
    admin.post(f"{PATH}samples/{MapSample.objects.get().pk}/drop/")
    assert not MapSample.objects.exists()


def test_one_goes_back_by_a_button() -> None:
    admin = browser("admin")
    save(admin)
    admin.post(f"{PATH}promote/", {"note": "on"})
    admin.post(f"{PATH}remove/", {"name": "accession in ZOR"})
    admin.post(f"{PATH}promote/", {"note": "off"})
    admin.post(f"{PATH}2/rollback/")
    assert len(mapping.in_force()) == 1
    admin.post(f"{PATH}99/rollback/")
    assert "there is no version 99" in text_of(admin.get(PATH))


@pytest.mark.parametrize(
    ("role", "reads", "writes"),
    [("admin", 200, 302), ("integrator", 200, 403), ("auditor", 403, 403), ("billing", 403, 403)],
)
def test_an_integrator_reads_and_an_admin_changes(role: str, reads: int, writes: int) -> None:
    client = browser(role)
    assert client.get(PATH).status_code == reads
    assert save(client).status_code == writes
    for action in ("remove", "discard", "promote", "2/rollback", "samples/keep"):
        assert client.post(f"{PATH}{action}/").status_code == writes


def test_without_a_site_file_the_page_says_so_before_anybody_tries() -> None:
    admin = browser("admin")
    save(admin)
    assert f"{PATH}promote/" in admin.get(PATH).content.decode()
    SiteVersion.objects.all().delete()
    page = admin.get(PATH).content.decode()
    assert f"{PATH}promote/" not in page
    assert "Apply one first" in page
