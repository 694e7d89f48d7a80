"""Somebody in front of a screen: a real browser on a live hub."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from selenium.common.exceptions import (
    NoSuchElementException,
    StaleElementReferenceException,
)
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from pacs_hub.access.services import set_user
from tests.support.callers import PASSWORD
from tests.support.peers.chromium import sign_in

PATIENCE_SECONDS = 40


class Person:
    """Looks, clicks, types and waits."""

    def __init__(self, browser: WebDriver, base: str) -> None:
        self.browser, self.base = browser, base

    def sign_in(self, role: str = "admin") -> Person:
        """Sign in through the form as a person with `role`."""
        set_user(name=f"the {role}", role=role, password=PASSWORD)
        sign_in(self.browser, self.base, name=f"the {role}", password=PASSWORD)
        return self

    def open(self, path: str) -> None:
        """Go to a page of the hub."""
        self.browser.get(self.base + path)

    def find(self, css: str) -> Any:
        """Return the first element."""
        return self.browser.find_element(By.CSS_SELECTOR, css)

    def all(self, css: str) -> list[Any]:
        """Return every element."""
        return self.browser.find_elements(By.CSS_SELECTOR, css)

    def press(self, keys: str) -> None:
        """Press keys on the page, wherever the focus is."""
        self.browser.switch_to.active_element.send_keys(keys)

    def text(self) -> str:
        """Return what is on the page, which may be replaced while it is read."""
        return str(self.until(lambda: self.find("body").text))

    def click(self, css: str) -> None:
        """Click the first element, found again where the page replaced it meanwhile."""
        self.until(lambda: self.find(css).click() or True)

    def until(self, seen: Callable[[], Any]) -> Any:
        """Wait until `seen` is true; live pages replace elements while one looks at them."""
        return WebDriverWait(
            self.browser,
            PATIENCE_SECONDS,
            poll_frequency=0.1,
            ignored_exceptions=[NoSuchElementException, StaleElementReferenceException],
        ).until(lambda _: seen())

    def screen(self, *, width: int, height: int = 844) -> None:
        """Look through a screen of this size."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def complaints(self) -> list[str]:
        """Return the errors the browser complained of since it was last asked."""
        lines: list[dict[str, Any]] = self.browser.get_log("browser")
        return [line["message"] for line in lines if line["level"] == "SEVERE"]
