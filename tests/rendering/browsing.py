"""A headless Chromium for tests of pages, and the few things that they do with it."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-prefers-reduced-motion",
    "--window-size=1500,900",
)


def programs() -> tuple[str, str]:
    """Return the paths of the browser and its driver; without them the test is skipped, but not on the machine that decides."""
    found = shutil.which("chromium") or shutil.which("chromium-browser"), shutil.which("chromedriver")
    if None in found:
        message = "there is no chromium and chromedriver"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return found  # type: ignore[return-value]


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """Start a browser whose downloads and profile go to a folder."""
    browser, driver = programs()
    webdriver = pytest.importorskip("selenium.webdriver")
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for flag in (*FLAGS, f"--user-data-dir={folder / 'profile'}"):
        options.add_argument(flag)
    options.add_experimental_option("prefs", {"download.default_directory": str(folder)})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    started = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    try:
        yield Browser(started)
    finally:
        started.quit()


class Browser:
    """A window of the browser."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def open(self, path: Path, address: str = "") -> None:
        """Load a page anew, with the mouse out of the way."""
        from selenium.webdriver.common.actions.action_builder import ActionBuilder

        self.driver.get("about:blank")
        away = ActionBuilder(self.driver, duration=0)
        away.pointer_action.move_to_location(1, 1)
        away.perform()
        self.log(), self.requests()
        self.driver.get(f"{path.as_uri()}{address}")

    def script(self, text: str, *given: Any) -> Any:
        """Return what a script returns."""
        return self.driver.execute_script(text, *given)

    def all(self, selector: str) -> list[Any]:
        """Return the elements that a selector means."""
        return self.driver.find_elements("css selector", selector)  # type: ignore[no-any-return]

    def one(self, selector: str) -> Any:
        """Return the first element that a selector means."""
        return self.driver.find_element("css selector", selector)

    def texts(self, selector: str) -> list[str]:
        """Return the texts of elements."""
        return [" ".join(each.text.split()) for each in self.all(selector)]

    def box(self, column: int, text: str) -> Any:
        """Return the box of a column whose label begins with a text."""
        return self.one(f'.column[data-column="{column}"] .box[aria-label^="{text}"]')

    def click(self, element: Any) -> None:
        """Press and let go the mouse in the middle of an element."""
        self.actions().move_to_element(element).click().perform()

    def hover(self, element: Any) -> None:
        """Move the mouse to an element."""
        self.actions().move_to_element(element).perform()

    def press(self, *keys: str) -> None:
        """Press keys, one after the other, by letters or by names such as ``ARROW_DOWN``."""
        from selenium.webdriver.common.keys import Keys

        actions = self.actions()
        for key in keys:
            actions.send_keys(getattr(Keys, key) if len(key) > 1 else key)
        actions.perform()

    def actions(self) -> Any:
        """Return a row of actions to come."""
        from selenium.webdriver import ActionChains

        return ActionChains(self.driver, duration=0)

    def address(self) -> str:
        """Return what stands behind the name of the page."""
        return self.script("return decodeURIComponent(location.hash)")  # type: ignore[no-any-return]

    def log(self) -> list[str]:
        """Return the messages of the console since the last call."""
        return [f"{each['level']}: {each['message']}" for each in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """Return the addresses that were asked for since the last call."""
        found = []
        for each in self.driver.get_log("performance"):
            message = json.loads(each["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                found.append(message["params"]["request"]["url"])
        return found


def wait(until: Callable[[], Any], seconds: float = 5.0) -> Any:
    """Return what a function gives once that is something; fail when it does not become so."""
    end = time.monotonic() + seconds
    while not (found := until()):
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)
    return found


def clean(chromium: Browser) -> None:
    """Assert that nothing went wrong, and that nothing but the page itself was asked for."""
    assert chromium.log() == []
    assert [each for each in chromium.requests() if not each.startswith(("file:", "about:", "data:", "blob:"))] == []


def lit(chromium: Browser, column: int) -> set[str]:
    """Return the labels of the boxes of a column that are lit up."""
    found = chromium.all(f'.column[data-column="{column}"] .dimmed .box[role].lit')
    return {each.get_attribute("aria-label").split(",")[0].split(" ·")[0] for each in found}
