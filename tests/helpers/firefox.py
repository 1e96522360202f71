"""Headless Firefox over Marionette, https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html.

Playwright drives only a Firefox of its own, which must be downloaded, and WebDriver needs a program that Debian lacks.
"""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedRWPair
from pathlib import Path
from typing import Any, Literal

import pytest

NAMES = ("firefox-esr", "firefox")
PATIENCE_S = 30.0
ENTER = "\ue007"
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""The key of an element in answers: https://www.w3.org/TR/webdriver2/#elements."""

PREFERENCES = {
    "marionette.port": 0,
    "intl.accept_languages": "en-US",
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
}

READ_CONSOLE = """
return Services.console.getMessageArray()
    .filter((one) => one instanceof Ci.nsIScriptError && one.sourceName.startsWith(arguments[0]))
    .filter((one) => !(one.flags & Ci.nsIScriptError.warningFlag) || /Content.Security|Trusted/.test(one.errorMessage))
    .map((one) => one.errorMessage);
"""


def firefox() -> Path:
    """Return the browser. Without one, skip the test, or fail it in CI, where all tests must run."""
    found = next((Path(path) for path in map(shutil.which, NAMES) if path), None)
    if found is not None:
        return found
    if os.environ.get("CI") == "true":
        pytest.fail("Firefox is needed here, and is not on the path: make firefox")
    pytest.skip("no Firefox to test the pages with: make firefox")


class Firefox:
    """A window of Firefox. Scripts are bodies of functions, which `await` may stand in, with `arguments`."""

    def __init__(self, connection: BufferedRWPair) -> None:
        self._connection = connection
        self._receive()
        self._send("WebDriver:NewSession", {"capabilities": {"alwaysMatch": {"acceptInsecureCerts": False}}})
        self._send("WebDriver:SetTimeouts", {"script": PATIENCE_S * 1000, "pageLoad": PATIENCE_S * 1000})

    def go(self, url: str) -> None:
        self._send("WebDriver:Navigate", {"url": url})

    def reload(self) -> None:
        self._send("WebDriver:Refresh", {})

    def run(self, script: str, *arguments: Any) -> Any:
        """Run a script in the page, and return its result."""
        whole = f"const done = arguments[arguments.length - 1]; (async () => {{ {script} }})().then(done, done);"
        return self._send("WebDriver:ExecuteAsyncScript", {"script": whole, "args": arguments})["value"]

    def wait(self, expression: str, *arguments: Any) -> Any:
        """Wait until an expression is true in the page, and return its value."""
        deadline = time.monotonic() + PATIENCE_S
        while not (value := self.run(f"return {expression};", *arguments)):
            assert time.monotonic() < deadline, f"{expression} was {value} to the end"
            time.sleep(0.05)
        return value

    def press(self, selector: str) -> None:
        self._send("WebDriver:ElementClick", {"id": self._find(selector)})

    def write(self, selector: str, text: str) -> None:
        """Type into an element, or give a file input the path of a file."""
        self._send("WebDriver:ElementSendKeys", {"id": self._find(selector), "text": text})

    def read_errors(self, address: str) -> list[str]:
        """Return the errors of scripts from that address, and what a policy forbade."""
        self._set_context("chrome")
        found: list[str] = self._send("WebDriver:ExecuteScript", {"script": READ_CONSOLE, "args": [address]})["value"]
        self._set_context("content")
        return found

    def _set_context(self, name: Literal["chrome", "content"]) -> None:
        self._send("Marionette:SetContext", {"value": name})

    def _find(self, selector: str) -> str:
        self.wait("document.querySelector(arguments[0]) !== null", selector)
        found = self._send("WebDriver:FindElement", {"using": "css selector", "value": selector})
        return str(found["value"][ELEMENT])

    def _send(self, name: str, parameters: dict[str, Any]) -> Any:
        message = json.dumps([0, 1, name, parameters])
        self._connection.write(f"{len(message)}:{message}".encode())
        self._connection.flush()
        _, _, error, result = self._receive()
        assert error is None, f"{name}: {error and error['message']}"
        return result

    def _receive(self) -> Any:
        length = b""
        while (sign := self._connection.read(1)) != b":":
            assert sign, "Firefox has ended"
            length += sign
        return json.loads(self._connection.read(int(length)))


@contextmanager
def launch_firefox(program: Path, profile: Path) -> Iterator[Firefox]:
    """Start Firefox with a profile of its own, and end it."""
    lines = [f'user_pref("{name}", {json.dumps(value)});' for name, value in PREFERENCES.items()]
    (profile / "user.js").write_text("\n".join(lines), encoding="utf-8")
    flags = ("--headless", "--marionette", "--remote-allow-system-access", "--no-remote", "--profile", str(profile))
    environment = {**os.environ, "HOME": str(profile), "MOZ_DISABLE_CONTENT_SANDBOX": "1"}
    silent = subprocess.DEVNULL
    process = subprocess.Popen([str(program), *flags], stdout=silent, stderr=silent, env=environment)
    try:
        address = ("127.0.0.1", _wait_for_port(profile, process))
        with socket.create_connection(address, 2 * PATIENCE_S) as connection, connection.makefile("rwb") as file:
            yield Firefox(file)
    finally:
        process.kill()
        process.wait()


def _wait_for_port(profile: Path, process: subprocess.Popen[bytes]) -> int:
    file = profile / "MarionetteActivePort"
    deadline = time.monotonic() + PATIENCE_S
    while not (file.exists() and file.read_text()):
        assert process.poll() is None, "Firefox has ended"
        assert time.monotonic() < deadline, "Firefox did not start"
        time.sleep(0.05)
    return int(file.read_text())
