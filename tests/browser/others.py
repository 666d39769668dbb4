"""Firefox ESR and WebKitGTK from the system's packages, as the tests drive them.

Both understand the same five orders. Firefox takes them over WebDriver BiDi through Puppeteer
(there is no geckodriver in Debian), WebKitGTK through its own WebKitWebDriver on a display that
Xvfb draws in memory. Where one of them is missing the tests fail.
"""

import json
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

from tests.servers import free_port, program, stop
from tests.stack import ROOT

PATIENCE = 20.0  # seconds


class OtherBrowser(Protocol):
    """A page of another browser, 390 × 844."""

    def goto(self, address: str) -> None: ...

    def click(self, selector: str) -> None: ...

    def choose(self, selector: str, file: Path) -> None: ...

    def evaluate(self, expression: str) -> Any: ...

    def faults(self) -> list[str]: ...


def wait_for(browser: OtherBrowser, expression: str, *, seconds: float = PATIENCE) -> Any:
    """What a JavaScript expression says once it says something; fails with the page's words."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = _asked(browser, expression)
        if found:
            return found
        time.sleep(0.1)
    words = browser.evaluate("`${location.pathname}: ${document.body.innerText.slice(0, 900)}`")
    raise AssertionError(f"waited {seconds:.0f} s in vain for {expression}\n{words}")


def _asked(browser: OtherBrowser, expression: str) -> Any:
    try:
        return browser.evaluate(expression)
    except Exception:
        return None  # the page is being left at this moment; it is asked again


class Firefox:
    """Speaks with firefox.mjs."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.version = str(self._answer())

    def _answer(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "Firefox has gone"
        reply = json.loads(line)
        assert "error" not in reply, reply["error"]
        return reply.get("answer")

    def _order(self, *order: str) -> Any:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def goto(self, address: str) -> None:
        self._order("goto", address)

    def click(self, selector: str) -> None:
        self._order("click", selector)

    def choose(self, selector: str, file: Path) -> None:
        self._order("choose", selector, str(file))

    def evaluate(self, expression: str) -> Any:
        return self._order("evaluate", expression)

    def faults(self) -> list[str]:
        return list(self._order("faults"))


@contextmanager
def started_firefox(folder: Path) -> Iterator[Firefox]:
    """The system's Firefox ESR, headless."""
    profile = folder / "firefox"
    profile.mkdir(parents=True)
    beside = str(Path(sys.executable).parent)  # where Node comes as a Python package
    command = [
        program("node", beside),
        str(ROOT / "tests/browser/firefox.mjs"),
        program("firefox-esr"),
    ]
    with (folder / "firefox.log").open("w") as log:
        process = subprocess.Popen(
            [*command, str(profile)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=ROOT,
        )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield Firefox(process)
    finally:
        process.stdin.close()  # which ends the script, and the script ends Firefox
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)
        process.stdout.close()


class WebKit:
    """Speaks with WebKitWebDriver."""

    def __init__(self, driver: webdriver.WebKitGTK) -> None:
        self.driver = driver
        self.version = str(driver.capabilities.get("browserVersion", ""))

    def _found(self, selector: str, *, shown: bool) -> WebElement:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for element in self.driver.find_elements(By.CSS_SELECTOR, selector):
                if not shown or element.is_displayed():
                    return element
            time.sleep(0.1)
        raise AssertionError(f"no {selector} on {self.driver.current_url}")

    def goto(self, address: str) -> None:
        self.driver.get(address)

    def click(self, selector: str) -> None:
        self._found(selector, shown=True).click()

    def choose(self, selector: str, file: Path) -> None:
        self._found(selector, shown=False).send_keys(str(file))

    def evaluate(self, expression: str) -> Any:
        return self.driver.execute_async_script(
            "const done = arguments[0];"
            f"(async () => ({expression}))().then(done, () => done(null));"
        )

    def faults(self) -> list[str]:
        return []  # WebDriver tells none


@contextmanager
def display() -> Iterator[str]:
    """A screen in memory, with a number that is free; yields its name."""
    reading, writing = os.pipe()
    command = [program("Xvfb"), "-displayfd", str(writing), "-screen", "0", "800x1000x24"]
    process = subprocess.Popen(
        [*command, "-nolisten", "tcp"],
        pass_fds=[writing],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as told:
            yield f":{told.readline().strip()}"
    finally:
        stop(process)


@contextmanager
def started_webkit(folder: Path) -> Iterator[WebKit]:
    """The system's WebKitGTK, in its MiniBrowser."""
    mini = next(iter(Path("/usr/lib").glob("*/webkit2gtk-4*/MiniBrowser")), None)
    assert mini is not None, "MiniBrowser is missing; tests/install-servers.sh installs it"
    folder.mkdir(parents=True, exist_ok=True)
    options = Options()
    options.binary_location = str(mini)
    options.add_argument("--automation")
    with display() as name:
        service = Service(
            program("WebKitWebDriver"),
            port=free_port(),
            env={
                **os.environ,
                "DISPLAY": name,
                "GDK_BACKEND": "x11",
                "XDG_DATA_HOME": str(folder / "data"),
                "XDG_CACHE_HOME": str(folder / "cache"),
                "LIBGL_ALWAYS_SOFTWARE": "1",
                "WEBKIT_DISABLE_COMPOSITING_MODE": "1",
                # A container lets nobody make the namespaces that WebKit's own sandbox wants.
                "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",
            },
            log_output=str(folder / "webkit.log"),
        )
        with warnings.catch_warnings():
            # Selenium warns of what it does itself.
            warnings.simplefilter("ignore", DeprecationWarning)
            driver = webdriver.WebKitGTK(options=options, service=service)
        try:
            driver.set_script_timeout(PATIENCE)
            driver.set_window_size(390, 844)
            yield WebKit(driver)
        finally:
            driver.quit()


BROWSERS: dict[str, Callable[[Path], Any]] = {"firefox": started_firefox, "webkit": started_webkit}
