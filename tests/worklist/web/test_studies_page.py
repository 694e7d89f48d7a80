"""The page of studies: search as one types, narrow by ticking, a page at a time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from archive.models import Study
from pacs_hub.access.services import set_user
from pacs_hub.audit.models import AuditRow
from pacs_hub.kernel import clock
from pacs_hub.web.tags import modalities
from tests.support import board
from tests.support.browsing import browser, text_of
from worklist.models import Exam

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LIVE = {"HX-Target": "live"}


@pytest.fixture
def day(monkeypatch: pytest.MonkeyPatch) -> list[Exam]:
    """Fill the board around noon."""
    monkeypatch.setattr(clock, "now", lambda: NOON)
    board.a_site()
    return board.a_day(now=NOON)


def exam_of(day: list[Exam], name: str) -> Exam:
    return next(exam for exam in day if exam.patient.name.startswith(name))


def test_studies_show_whose_they_are_and_how_they_are_linked(day: list[Exam]) -> None:
    client = browser("admin")
    page = client.get("/studies/")
    assert "Novák, Jiří" in text_of(page)
    assert "conflict" in text_of(page)
    uid = exam_of(day, "Novák").study_instance_uid
    assert f'data-href="/studies/{uid}/"' in page.content.decode()
    assert f"/dicom-web/studies/{uid}/thumbnail" in page.content.decode()
    without = text_of(client.get("/studies/?link=open"))
    assert "Müller, Zoë" in without
    assert "Novák" not in without


def test_studies_are_found_as_one_types(day: list[Exam]) -> None:
    exam = exam_of(day, "Haddad")
    client = browser("radiologist")
    number = exam.patient.identifiers.get().value
    for typed in ("hadd", exam.accession_number, exam.study_instance_uid, number, "HADDAD^L"):
        page = client.get("/studies/", {"q": typed}, headers=LIVE)
        assert "Haddad" in text_of(page)
        assert "Novák" not in text_of(page)
    assert "No study fits" in text_of(client.get("/studies/?q=nobody"))
    assert AuditRow.objects.filter(action="query", object_type="study").exists()


def test_a_name_is_found_in_any_case_and_without_its_accents(day: list[Exam]) -> None:
    for typed in ("nova", "NOVÁK", "novak j"):
        assert "Novák, Jiří" in text_of(browser("admin").get("/studies/", {"q": typed}))


@pytest.mark.parametrize(
    ("asked", "there", "not_there"),
    [
        ({"modality": "US"}, "Haddad", "Novák"),
        ({"description": "abdomen c"}, "Haddad", "Novák"),
        ({"link": "receiving"}, "Okafor", "Novák"),
        ({"link": "conflict"}, "Müller", "Novák"),
        ({"link": "linked"}, "Novák", "Müller"),
        ({"tier": "cold"}, "Kowalska", "Novák"),
        ({"held": "1"}, "Haddad", "Novák"),
        ({"from": "2026-11-20", "to": "2026-11-30"}, "Haddad", "Novák"),
        ({"when": "today"}, "Haddad", "Novák"),
    ],
)
def test_the_list_is_narrowed(
    day: list[Exam], asked: dict[str, str], there: str, not_there: str
) -> None:
    Study.objects.filter(patient__name__startswith="Novák").update(study_date="2020-01-01")
    Study.objects.filter(patient__name__startswith="Kowalska").update(tier="cold")
    Study.objects.filter(patient__name__startswith="Haddad").update(legal_hold=True)
    text = text_of(browser("admin").get("/studies/", asked))
    assert there in text
    assert (not_there in text) == (asked == {"link": "linked"} and not_there == "Novák")


@pytest.mark.parametrize("asked", ["link=x", "when=x", "from=yesterday", "tier=x"])
def test_what_nobody_knows_is_not_found(day: list[Exam], asked: str) -> None:
    assert browser("admin").get(f"/studies/?{asked}").status_code == 404


def test_studies_come_in_pages_that_nobody_counts(
    day: list[Exam], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worklist.web.studies_page.PAGE_SIZE", 3)
    client = browser("admin")
    text = text_of(client.get("/studies/?page=2"))
    assert "4–6" in text
    assert "Earlier received" in text
    assert "Later received" in text
    last = client.get("/studies/?page=3").content.decode()
    assert 'rel="next"' not in last
    assert client.get("/studies/?page=99999999999").status_code == 200


def test_the_live_part_is_sent_only_when_it_changed(day: list[Exam]) -> None:
    client = browser("admin")
    tag = client.get("/studies/", headers=LIVE)["ETag"]
    again = client.get("/studies/", headers=LIVE | {"If-None-Match": tag})
    assert again.status_code == 304
    Study.objects.filter(state="receiving").update(number_of_instances=999)
    changed = client.get("/studies/", headers=LIVE | {"If-None-Match": tag})
    assert changed.status_code == 200
    assert "999" in text_of(changed)


def test_a_page_costs_the_same_however_many_studies_it_shows(
    day: list[Exam], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = browser("admin")
    client.get("/studies/")

    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            client.get("/studies/", headers=LIVE)
        return len(seen)

    monkeypatch.setattr("worklist.web.studies_page.PAGE_SIZE", 2)
    few = cost()
    monkeypatch.setattr("worklist.web.studies_page.PAGE_SIZE", 50)
    assert cost() == few <= 9


def test_a_referrer_sees_only_what_they_ordered(day: list[Exam]) -> None:
    exam = exam_of(day, "Novák")
    Study.objects.filter(study_instance_uid=exam.study_instance_uid).update(referrer_id="D9")
    text = text_of(browser("referrer", provider_id="D9").get("/studies/"))
    assert "Novák" in text
    assert "Haddad" not in text
    assert "Storage" not in text
    assert "Drop" not in text


@pytest.mark.parametrize("role", ["scheduler", "billing", "auditor"])
def test_a_role_without_studies_is_refused(role: str) -> None:
    assert browser(role).get("/studies/").status_code == 403


def test_an_empty_archive_says_how_images_come() -> None:
    set_user(name="someone", role="admin", password="x" * 12)
    assert "No images yet" in text_of(browser("radiologist").get("/studies/"))


def test_what_was_scanned_comes_before_what_was_attached() -> None:
    assert modalities("DOC\\MR\\OT") == ["MR", "DOC", "OT"]
    assert modalities("") == []
