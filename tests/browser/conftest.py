"""A person with a browser, and a day on the board."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver

from pacs_hub.kernel import clock
from pacs_hub.web import assets
from tests.support import board
from tests.support.peers.chromium import chromium
from tests.support.person import Person
from worklist.models import Exam


@pytest.fixture(scope="session")
def shared_browser() -> Iterator[WebDriver]:
    """One browser for all tests of this process."""
    if not assets.is_current():
        pytest.skip("needs the front-end assets: .venv/bin/python manage.py hub_assets")
    with chromium() as browser:
        yield browser


@pytest.fixture
def person(shared_browser: WebDriver, live_server: Any) -> Iterator[Person]:
    """A person with no cookie, in front of a large screen; nobody is signed in."""
    shared_browser.execute_cdp_cmd("Network.clearBrowserCookies", {})
    someone = Person(shared_browser, live_server.url)
    someone.screen(width=1440, height=900)
    someone.complaints()
    yield someone
    shared_browser.get("about:blank")


@pytest.fixture
def day(live_server: Any) -> list[Exam]:
    """A day on the board, in a zone where it is noon now, so that it fits into one date."""
    now = clock.now()
    ahead = 12 - now.hour
    board.a_site(time_zone=f"Etc/GMT{-ahead:+d}" if ahead else "UTC")
    return board.a_day(now=now)
