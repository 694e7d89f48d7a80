"""The exam board, as people ask it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pacs_hub.audit.models import AuditRow
from pacs_hub.kernel import clock
from tests.support import board
from tests.support.browsing import browser, text_of
from worklist.models import Exam

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LIVE = {"HX-Request": "true", "HX-Target": "live"}


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """Make it noon, far from any midnight."""
    monkeypatch.setattr(clock, "now", lambda: NOON)
    return NOON


@pytest.fixture
def day(noon: datetime) -> list[Exam]:
    """Fill the board of General Hospital."""
    board.a_site()
    return board.a_day(now=noon)


def order_of_rows(html: str) -> list[int]:
    return [int(pk) for pk in re.findall(r'id="exam-(\d+)"', html)]


def test_a_stranger_is_sent_to_sign_in() -> None:
    assert browser().get("/")["Location"] == "/login/?next=/"


def test_every_exam_of_the_day_is_a_row_with_its_axes(day: list[Exam]) -> None:
    answer = browser("admin").get("/")
    text = text_of(answer)
    assert len(order_of_rows(answer.content.decode())) == len(day)
    for words in ("Okafor, Grace", "214 arriving", "in progress 6 min", "38 · other patient"):
        assert words in text
    assert "Tuesday 24 November" in text
    assert f"General Hospital · {len(day)} exams · 2 rooms running" in text


def test_the_latest_stands_first_and_later_ones_last(day: list[Exam]) -> None:
    rows = order_of_rows(browser("admin").get("/").content.decode())
    by_id = {exam.pk: exam for exam in day}
    times = [by_id[pk].scheduled_for for pk in rows]
    soon = [t for t in times if t and t <= NOON + timedelta(hours=1)]
    later = [t for t in times if t and t > NOON + timedelta(hours=1)]
    assert times == sorted(soon, reverse=True) + sorted(later)
    assert later


def test_a_station_of_the_strip_is_a_filter(day: list[Exam]) -> None:
    html = browser("admin").get("/?strip=in_progress").content.decode()
    assert {Exam.objects.get(pk=pk).status for pk in order_of_rows(html)} == {"in_progress"}
    assert 'href="/" aria-current="true"' in html  # the same again takes it away


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("room=MG1", {"Papadopoulou^Eleni", "Rossi^Chiara"}),
        ("state=cancelled", {"Иванов^Пётр"}),
        ("q=muller", {"Müller^Zoë"}),
        ("q=nobody", set()),
        ("day=tomorrow", set()),
    ],
)
def test_filters_and_search_narrow_the_rows(day: list[Exam], query: str, found: set[str]) -> None:
    html = browser("admin").get(f"/?{query}").content.decode()
    names = {Exam.objects.get(pk=pk).patient.name for pk in order_of_rows(html)}
    assert names == found


def test_a_search_finds_an_accession_on_any_day(day: list[Exam]) -> None:
    wanted = day[3]
    Exam.objects.filter(pk=wanted.pk).update(day=NOON.date() - timedelta(days=400))
    html = browser("admin").get(f"/?q={wanted.accession_number}").content.decode()
    assert order_of_rows(html) == [wanted.pk]


def test_only_what_needs_a_hand_offers_more_than_to_view(day: list[Exam]) -> None:
    html = browser("admin").get("/").content.decode()
    acts = re.findall(r'<a class="act" href="([^"]*)">(\w+)</a>', html)
    words = [word for _, word in acts]
    assert words.count("Resolve") == 1
    assert words.count("Fix") == 1
    assert all(to.startswith("/viewer/viewer?") for to, word in acts if word == "View")


def test_a_role_that_sees_no_images_is_offered_none(day: list[Exam]) -> None:
    assert "/viewer/" not in browser("scheduler").get("/").content.decode()


def test_the_strip_says_what_is_late_or_held(day: list[Exam]) -> None:
    text = text_of(browser("admin").get("/"))
    for words in ("scheduled 1 late", "to report 1 over 4 h", "to charge 1 held"):
        assert words in text


def test_an_unchanged_board_is_answered_with_304(day: list[Exam]) -> None:
    client = browser("admin")
    first = client.get("/", headers=LIVE)
    assert "<html" not in first.content.decode()
    again = client.get("/", headers=LIVE | {"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_change_of_an_exam_changes_the_etag(day: list[Exam]) -> None:
    client = browser("admin")
    first = client.get("/", headers=LIVE)
    Exam.objects.filter(pk=day[0].pk).update(updated_at=NOON + timedelta(seconds=5))
    again = client.get("/", headers=LIVE | {"If-None-Match": first["ETag"]})
    assert again.status_code == 200


def test_a_long_day_comes_in_pages(day: list[Exam], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pacs_hub.web.board.PAGE_SIZE", 5)
    client = browser("admin")
    first = order_of_rows(client.get("/").content.decode())
    second = order_of_rows(client.get("/?page=2").content.decode())
    assert len(first) == len(second) == 5
    assert not set(first) & set(second)


def test_an_empty_board_says_how_to_send_the_first_order(noon: datetime) -> None:
    text = text_of(browser("admin").get("/"))
    assert "No exams yet today" in text
    assert "ORM^O01" in text


def test_the_simulated_hospital_is_named_on_every_page(settings: Any, noon: datetime) -> None:
    settings.HUB_DEMO = True
    client = browser("admin")
    for page in ("/", "/studies/", "/messages/", "/connections/", "/settings/"):
        assert "Simulated" in text_of(client.get(page))
    settings.HUB_DEMO = False
    assert "Simulated" not in text_of(client.get("/"))


def test_a_referrer_sees_only_what_they_ordered(day: list[Exam]) -> None:
    mine = browser("referrer", provider_id="D7").get("/").content.decode()
    others = browser("referrer", name="other", provider_id="D8").get("/").content.decode()
    assert len(order_of_rows(mine)) == len(day)
    assert order_of_rows(others) == []


def test_times_are_the_sites_with_the_zone_on_hover(day: list[Exam]) -> None:
    html = browser("admin").get("/").content.decode()
    assert "Europe/Paris (CET)" in html
    assert ">12:54</time>" in html  # six minutes ago, an hour ahead of UTC


def test_looking_at_the_board_weighs_little(day: list[Exam]) -> None:
    assert len(browser("admin").get("/").content) < 100_000
    assert not AuditRow.objects.filter(action="view").exists()
