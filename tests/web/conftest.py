"""A browser for all tests here, and servers on the fake model, whose answers are what it was asked."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from scripts.browser import launched
from server.engine.async_engine import AsyncEngine, RequestLimits
from server.keys.keyring import KeyRing
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.chromium import chromium
from tests.helpers.fakes import FakeChatModel
from tests.helpers.loopback import listening
from tests.helpers.pages import PATIENCE_MS, Visit, visiting
from tests.helpers.playground import Bench
from tests.helpers.processes import running_server

Serve = Callable[..., str]
Open = Callable[..., Visit]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Ends with this folder's tests: while it is open nobody else in this thread can run an event loop."""
    expect.set_options(timeout=PATIENCE_MS)
    with launched(chromium()) as browser:
        yield browser


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts a server and gives its address: `serve(delay_s=, max_requests=, keys=, **settings)`."""
    with ExitStack() as stack:

        def start(delay_s: float = 0.0, max_requests: int = 64, keys: KeyRing | None = None, **settings: Any) -> str:
            engine = AsyncEngine(FakeChatModel(delay_s=delay_s), {}, RequestLimits(max_requests))
            app = stored_app(Settings(**settings), engine, tmp_path / "sessions.db", keys)
            host, port = stack.enter_context(listening(app))
            return f"http://{host}:{port}"

        yield start


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Opens an address, in English unless told otherwise. What no page may do is looked for at the end."""
    with ExitStack() as stack:
        yield lambda address, **options: stack.enter_context(visiting(browser, address, **options))


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server on the demo checkpoint."""
    chromium()
    with running_server("--model", "demo", "--data", str(tmp_path_factory.mktemp("data"))) as (_, address, _):
        yield address


@pytest.fixture
def chat(serve: Serve, open_page: Open) -> Visit:
    return open_page(serve())


@pytest.fixture
def bench(demo: str, open_page: Open) -> Bench:
    """The playground on the demo checkpoint."""
    return Bench(open_page(demo, path="/playground"))
