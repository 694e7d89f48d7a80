"""Signing in, the one-time password, and what errors look like."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from pacs_hub.access.models import RefusedCaller, User
from pacs_hub.access.services import make_first_user
from pacs_hub.kernel import clock
from tests.support.browsing import HTML, browser, text_of
from tests.support.callers import PASSWORD

pytestmark = pytest.mark.django_db

CHOSEN = "a long enough phrase"


def signed_in_with(name: str, password: str, *, next_page: str = "/") -> tuple[Client, str, int]:
    client = Client(headers=HTML)
    answer = client.post("/login/", {"username": name, "password": password, "next": next_page})
    return client, answer.headers.get("Location", ""), answer.status_code


def test_after_signing_in_one_goes_on_where_one_wanted_to_go() -> None:
    browser("admin", name="anna")
    _, location, _ = signed_in_with("anna", PASSWORD, next_page="/studies/?q=x")
    assert location == "/studies/?q=x"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:1"])
def test_one_is_never_sent_to_another_site(elsewhere: str) -> None:
    browser("admin", name="anna")
    _, location, _ = signed_in_with("anna", PASSWORD, next_page=elsewhere)
    assert location == "/"


def test_a_wrong_password_is_refused_and_written_down_without_what_was_typed() -> None:
    browser("admin", name="anna")
    _, _, status = signed_in_with("anna", "wrong")
    assert status == 403
    card = RefusedCaller.objects.get()
    assert (card.door, card.code) == ("http", "wrong-password")
    assert "anna" not in card.caller


def test_the_one_time_password_leads_to_choosing_ones_own() -> None:
    made = make_first_user(now=clock.now())
    assert made is not None
    client, location, _ = signed_in_with(*made)
    assert location == "/password/?next=%2F"
    assert "one-time password" in text_of(client.get("/"))
    assert client.post("/password/", {"password": CHOSEN, "again": CHOSEN}).status_code == 302
    assert "one-time password" not in text_of(client.get("/"))
    assert signed_in_with(*made)[2] == 403
    assert signed_in_with(made[0], CHOSEN)[1] == "/"


def test_a_one_time_password_that_ran_out_is_refused() -> None:
    made = make_first_user(now=clock.now())
    assert made is not None
    User.objects.update(one_time_password_until=clock.now() - timedelta(seconds=1))
    assert signed_in_with(*made)[2] == 403


@pytest.mark.parametrize(
    ("password", "again", "objection"),
    [
        (CHOSEN, "another", "differ"),
        ("short", "short", "at least 10"),
        ("1234567890123", "1234567890123", "entirely numeric"),
    ],
)
def test_a_bad_choice_is_explained(password: str, again: str, objection: str) -> None:
    answer = browser("admin").post("/password/", {"password": password, "again": again})
    assert objection in text_of(answer)


def test_signing_out_ends_the_session() -> None:
    client = browser("admin")
    client.post("/logout/")
    assert client.get("/").status_code == 302


def test_a_page_is_never_kept_by_a_cache_and_runs_only_our_scripts() -> None:
    answer = browser("admin").get("/")
    assert answer["Cache-Control"] == "no-store, private"
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert "<script>" not in answer.content.decode()
    assert " style=" not in answer.content.decode()


def test_only_pages_the_role_may_open_are_in_the_navigation() -> None:
    pages = browser("scheduler").get("/").content.decode()
    assert 'href="/messages/"' not in pages
    assert browser("scheduler").get("/messages/").status_code == 403


def test_errors_are_pages_in_the_frame_for_people_and_json_for_programs() -> None:
    client = browser("admin")
    page = client.get("/no/such/page/")
    assert page.status_code == 404
    assert "There is nothing here" in text_of(page)
    assert "PACS" in text_of(page)
    program = client.get("/no/such/page/", headers={"Accept": "application/json"})
    assert program.json()["code"] == "not-found"


def test_a_refused_role_is_told_in_the_frame() -> None:
    page = browser("scheduler").get("/connections/")
    assert page.status_code == 403
    assert "Your role may not do this" in text_of(page)


def test_the_settings_page_shows_the_site_and_its_people() -> None:
    text = text_of(browser("admin", name="anna").get("/settings/"))
    assert "anna" in text
    assert "Administrator" in text
    assert browser("technologist", name="t").get("/settings/").status_code == 403
