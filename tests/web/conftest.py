"""A browser for all tests here, and servers on the fake model, whose answers are what it was asked."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from scripts.browser import launch_browser
from server.engine.async_engine import AsyncEngine, RequestLimits
from server.keys.keyfile import add_key
from server.keys.keyring import KeyRing
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.chromium import chromium
from tests.helpers.customers import SHOP_SECRET
from tests.helpers.fakes import FakeChatModel
from tests.helpers.keys import make_key
from tests.helpers.knowledge_page import FakeKnowledge, Prepare
from tests.helpers.loopback import serve_on_loopback
from tests.helpers.pages import PATIENCE_MS, Contexts, Visit, visit_page
from tests.helpers.playground import Bench
from tests.helpers.processes import run_server
from tests.helpers.shop_page import ShopPage, serve_shop_page
from tests.helpers.widget_page import WidgetVisit, visit_shop

Serve = Callable[..., str]
Open = Callable[..., Visit]
OpenShop = Callable[..., WidgetVisit]
OpenKnowledge = Callable[..., tuple[Visit, FakeKnowledge]]

REBOUND = "evil.test"
"""A name whose owner has pointed it at this machine."""

PROFILE = 'stages = ["moderation"]\n[title]\nzh = "店"\nen = "Shop"\n'


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Ends with this folder's tests: while it is open nobody else in this thread can run an event loop."""
    expect.set_options(timeout=PATIENCE_MS)
    with launch_browser(chromium(), f"--host-resolver-rules=MAP {REBOUND} 127.0.0.1") as browser:
        yield browser


@pytest.fixture(scope="package")
def contexts(browser: Browser) -> Contexts:
    return Contexts(browser)


def start_server(
    stack: ExitStack,
    folder: Path,
    delay_s: float = 0.0,
    max_requests: int = 64,
    keys: KeyRing | None = None,
    **settings: Any,
) -> str:
    """Serve an application on the fake model, with its database in a folder, until the stack ends."""
    engine = AsyncEngine(FakeChatModel(delay_s=delay_s), {}, RequestLimits(max_requests))
    app = stored_app(Settings(**settings), engine, folder / "sessions.db", keys)
    host, port = stack.enter_context(serve_on_loopback(app))
    return f"http://{host}:{port}"


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts a server and gives its address: `serve(delay_s=, max_requests=, keys=, **settings)`."""
    with ExitStack() as stack:
        yield partial(start_server, stack, tmp_path)


@pytest.fixture(scope="module")
def serve_shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """Starts a server for all tests of a module, with its database in a folder: `serve_shared(folder=, **settings)`."""
    with ExitStack() as stack:

        def start(folder: Path | None = None, **options: Any) -> str:
            return start_server(stack, folder or tmp_path_factory.mktemp("data"), **options)

        yield start


@pytest.fixture(scope="module")
def open_shared(contexts: Contexts) -> Iterator[Open]:
    """Opens an address for all tests of a module, each of which leaves nothing that the next would see."""
    with ExitStack() as stack:

        def open_(address: str, path: str = "/", waits: bool = True, **options: Any) -> Visit:
            return stack.enter_context(visit_page(contexts.get(**options), address, path, waits))

        yield open_


@pytest.fixture
def open_page(contexts: Contexts) -> Iterator[Open]:
    """Opens an address, in English unless told otherwise. What no page may do is looked for at the end."""
    with ExitStack() as stack:

        def open_(address: str, path: str = "/", waits: bool = True, **options: Any) -> Visit:
            return stack.enter_context(visit_page(contexts.get(**options), address, path, waits))

        yield open_


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server on the demo checkpoint."""
    chromium()
    with run_server("--model", "demo", "--data", str(tmp_path_factory.mktemp("data"))) as (_, address, _):
        yield address


@pytest.fixture
def open_ops(open_page: Open) -> Open:
    """Opens the operations page of an address, with a clock that `read_again` moves on."""
    return lambda address, **options: open_page(address, path="/ops", has_clock=True, **options)


@pytest.fixture
def open_knowledge(serve: Serve, contexts: Contexts) -> Iterator[OpenKnowledge]:
    """Opens the knowledge page of a server, with a knowledge base that `prepare` fills before."""
    with ExitStack() as stack:

        def open_(prepare: Prepare, path: str = "/knowledge", **options: Any) -> tuple[Visit, FakeKnowledge]:
            visit = stack.enter_context(
                visit_page(contexts.get(**options), serve(), "/web/frame/icon.svg", waits=False)
            )
            fake = FakeKnowledge(visit.page)
            prepare(fake)
            visit.page.goto(visit.address + path)
            return visit, fake

        yield open_


@pytest.fixture(scope="module")
def open_shared_knowledge(serve_shared: Serve, open_shared: Open) -> OpenKnowledge:
    """Opens the knowledge page as `open_knowledge` does, but always in the same tab; without a path it stays as it is.

    A path with a fragment needs a query of its own, or else the page that is open only takes note of the fragment.
    """
    visit = open_shared(serve_shared(), path="/web/frame/icon.svg", waits=False)
    fake = FakeKnowledge(visit.page)

    def open_(prepare: Prepare, path: str | None = "/knowledge") -> tuple[Visit, FakeKnowledge]:
        fake.clear()
        prepare(fake)
        if path is not None:
            visit.page.goto(visit.address + path)
        return visit, fake

    return open_


def write_folders(folder: Path) -> dict[str, str]:
    """Write a profile and a word list; return the settings that name them."""
    for name, text in (
        ("profiles/shop.toml", PROFILE),
        ("lists/rude.txt", "darn\n"),
        ("lists/categories.toml", '[rude]\naction = "mask"\nzh = "粗话"\nen = "rude words"\n'),
    ):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return {"profiles": str(folder / "profiles"), "word_lists": str(folder / "lists"), "moderation": "on"}


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, str]:
    """Settings with a profile and a word list that may be edited."""
    return write_folders(tmp_path)


@pytest.fixture(scope="module")
def shared_folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The same for all tests of a module, each of which leaves them as they were."""
    return write_folders(tmp_path_factory.mktemp("settings"))


@pytest.fixture
def chat(serve: Serve, open_page: Open) -> Visit:
    return open_page(serve())


@pytest.fixture(scope="module")
def shared_address(serve_shared: Serve) -> str:
    """The address of a server for all tests of a module, with the dialogues that they leave there."""
    return serve_shared()


@pytest.fixture(scope="module")
def shared_visit(shared_address: str, open_shared: Open) -> Visit:
    """A page of that server for the tests that take `shared_chat`."""
    return open_shared(shared_address)


@pytest.fixture
def shared_chat(shared_visit: Visit) -> Iterator[Visit]:
    """The page that all tests of a module share, with a new dialogue in it."""
    shared_visit.start_over()
    yield shared_visit
    assert shared_visit.errors == []
    assert shared_visit.foreign_requests == []
    shared_visit.requested.clear()


@pytest.fixture
def bench(demo: str, open_page: Open) -> Bench:
    """The playground on the demo checkpoint."""
    return Bench(open_page(demo, path="/playground"))


@pytest.fixture(scope="module")
def shared_bench(demo: str, contexts: Contexts) -> Iterator[Bench]:
    """The same page for all tests of a module, each of which leaves nothing that the next would see."""
    with visit_page(contexts.get(), demo, "/playground") as visit:
        yield Bench(visit)


def add_shop_keys(folder: Path) -> KeyRing:
    """Add the key `ann`, whose tokens the back end of a shop makes, and `desk`, of somebody who answers customers."""
    add_key(folder / "keys.toml", make_key(customer_secret=SHOP_SECRET))
    add_key(folder / "keys.toml", make_key("desk", owner="ann", role="agent"))
    return KeyRing(path=folder / "keys.toml")


@pytest.fixture
def shop_page() -> Iterator[ShopPage]:
    """A page of a shop on another origin, which the server of `serve_widget` may be shown in."""
    with serve_shop_page() as page:
        yield page


@pytest.fixture
def serve_widget(serve: Serve, shop_page: ShopPage, tmp_path: Path) -> Serve:
    """Starts a server with the key `ann`, whose tokens the page's back end makes: `serve_widget(**settings)`.

    The key `desk` is of somebody who answers customers.
    """

    def start(**settings: Any) -> str:
        given = {"widget_origins": shop_page.origin, **settings}
        shop_page.server = serve(keys=add_shop_keys(tmp_path), **given)
        return shop_page.server

    return start


@pytest.fixture
def open_shop(contexts: Contexts, shop_page: ShopPage) -> Iterator[OpenShop]:
    """Opens a tab for the shop's page, in English unless told otherwise. No page may write an error."""
    with ExitStack() as stack:

        def open_(**options: Any) -> WidgetVisit:
            return stack.enter_context(visit_shop(contexts.get(**options), shop_page))

        yield open_


@pytest.fixture
def shop(serve_widget: Serve, open_shop: OpenShop) -> WidgetVisit:
    """The shop's page with customer 42, and the window open."""
    serve_widget()
    visit = open_shop()
    visit.go()
    visit.open()
    return visit


@pytest.fixture(scope="module")
def shared_shop_page(serve_shared: Serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShopPage]:
    """A page of a shop and a server that may be shown in it, for all tests of a module."""
    keys = add_shop_keys(tmp_path_factory.mktemp("shop"))
    with serve_shop_page() as page:
        page.server = serve_shared(keys=keys, widget_origins=page.origin)
        yield page


@pytest.fixture
def restored_shop_page(shared_shop_page: ShopPage) -> Iterator[ShopPage]:
    """That page, which gets its server and its attributes back after each test, and counts tokens from zero."""
    shared_shop_page.num_tokens = 0
    before = dict(vars(shared_shop_page))
    yield shared_shop_page
    vars(shared_shop_page).update(before)


@pytest.fixture(scope="module")
def shared_shop_visit(shared_shop_page: ShopPage, contexts: Contexts) -> Iterator[WidgetVisit]:
    """A tab with that page and the window open, for the tests that take `shared_shop`."""
    with visit_shop(contexts.get(), shared_shop_page) as visit:
        visit.go()
        visit.open()
        yield visit


@pytest.fixture
def shared_shop(shared_shop_visit: WidgetVisit) -> Iterator[WidgetVisit]:
    """The page with customer 42 that all tests of a module share, with a new dialogue in its window."""
    shared_shop_visit.page.unroute_all()
    shared_shop_visit.frame.get_by_role("button", name="New conversation").click()
    shared_shop_visit.expect_answers()
    yield shared_shop_visit
    assert not shared_shop_visit.errors, shared_shop_visit.errors
