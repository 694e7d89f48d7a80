"""A Chromium of our own, a live hub, and a person who signs in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from pacs_hub.access.services import set_user
from pacs_hub.kernel import clock
from pacs_hub.web import assets
from tests.support import board, needs
from tests.support.callers import PASSWORD
from worklist.models import Exam

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1440,900",
)
PATIENCE_SECONDS = 40


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chrome]:
    """One browser for all tests of this process."""
    program, driver = needs.program("chromium"), needs.program("chromedriver")
    if not assets.is_current():
        pytest.skip("needs the front-end assets: .venv/bin/python manage.py hub_assets")
    options = ChromeOptions()
    options.binary_location = program
    for flag in FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "SEVERE"})
    browser = Chrome(options=options, service=Service(driver))
    try:
        yield browser
    finally:
        browser.quit()


class Person:
    """Somebody in front of a screen."""

    def __init__(self, chrome: Chrome, base: str) -> None:
        self.chrome, self.base = chrome, base

    def sign_in(self, role: str = "admin") -> Person:
        """Sign in through the form as a person with `role`."""
        set_user(name=f"the {role}", role=role, password=PASSWORD)
        self.open("/login/")
        self.find("#username").send_keys(f"the {role}")
        self.find("#password").send_keys(PASSWORD)
        self.find("button.primary").click()
        self.until(lambda: "/login/" not in self.chrome.current_url)
        return self

    def open(self, path: str) -> None:
        """Go to a page of the hub."""
        self.chrome.get(self.base + path)

    def find(self, css: str) -> Any:
        """Return the first element."""
        return self.chrome.find_element(By.CSS_SELECTOR, css)

    def all(self, css: str) -> list[Any]:
        """Return every element."""
        return self.chrome.find_elements(By.CSS_SELECTOR, css)

    def press(self, keys: str) -> None:
        """Press keys on the page, wherever the focus is."""
        self.chrome.switch_to.active_element.send_keys(keys)

    def text(self) -> str:
        """Return what is on the page."""
        return str(self.find("body").text)

    def until(self, seen: Callable[[], Any]) -> Any:
        """Wait until `seen` is true."""
        return WebDriverWait(self.chrome, PATIENCE_SECONDS, poll_frequency=0.1).until(
            lambda _: seen()
        )

    def complaints(self) -> list[str]:
        """Return what the browser complained of."""
        return [line["message"] for line in self.chrome.get_log("browser")]


@pytest.fixture
def person(chromium: Chrome, live_server: Any) -> Iterator[Person]:
    """A person with a fresh browser profile, nobody signed in."""
    chromium.execute_cdp_cmd("Network.clearBrowserCookies", {})
    chromium.get_log("browser")
    yield Person(chromium, live_server.url)
    chromium.get("about:blank")


@pytest.fixture
def now() -> datetime:
    """The real time: the browser's clock is real as well."""
    return clock.now()


@pytest.fixture
def day(live_server: Any, now: datetime) -> list[Exam]:
    """A day on the board, in a zone where it is around noon, so that it fits into one day."""
    hour = now.hour
    board.a_site(time_zone=f"Etc/GMT{hour - 12:+d}" if hour != 12 else "UTC")
    return board.a_day(now=now)


@pytest.fixture
def storage(tmp_path: Path, settings: Any) -> Path:
    """An empty place for objects."""
    settings.HUB_STORAGE_URL = f"file://{tmp_path / 'objects'}"
    return tmp_path / "objects"
