"""A real browser: Debian's Chromium, headless, driven by Selenium."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from PIL import Image
from selenium import webdriver
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By

from tests.support.needs import program
from tests.support.waiting import wait_until

FLAGS: Final = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)


@contextmanager
def chromium(*, width: int = 1440, height: int = 900) -> Iterator[WebDriver]:
    """Run a browser with an empty profile and a window of this size, in CSS pixels."""
    options = webdriver.ChromeOptions()
    options.binary_location = program("chromium")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for flag in (*FLAGS, f"--window-size={width},{height}"):
        options.add_argument(flag)
    browser = webdriver.Chrome(
        options=options, service=webdriver.ChromeService(program("chromedriver"))
    )
    try:
        browser.set_page_load_timeout(60)
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        yield browser
    finally:
        browser.quit()


def sign_in(browser: WebDriver, base: str, *, name: str, password: str) -> None:
    """Fill in the sign-in page, send it, and wait until the hub has let us in."""
    browser.get(f"{base}/login/")
    browser.find_element(By.NAME, "username").send_keys(name)
    field = browser.find_element(By.NAME, "password")
    field.send_keys(password)
    field.submit()
    wait_until(
        lambda: "/login/" not in browser.current_url, seconds=30, what=f"{name} is signed in"
    )


def picture(browser: WebDriver) -> Image.Image:
    """Return what the window shows."""
    return Image.open(io.BytesIO(browser.get_screenshot_as_png()))
