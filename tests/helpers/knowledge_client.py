"""An application over a database with a small knowledge base, and keys that may see more or less of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from litestar.testing import TestClient

from server.engine.async_engine import AsyncEngine
from server.keys.keyring import KeyRing
from server.settings.settings import Settings
from server.store.library_records import LibraryDocument
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel
from tests.helpers.keys import make_key, make_secret
from tests.helpers.stocked_store import COLLECTION, stock

ENGLISH = {"Accept-Language": "en"}
PROFILES = {
    "shop": f'collections = ["{COLLECTION}"]\nstages = ["knowledge"]\n',
    "other": 'collections = ["elsewhere"]\n',
    "empty": "",
}
KEYS = (
    make_key("root", role="operator"),
    make_key("clerk", role="operator", profiles=("other",)),
    make_key("free"),
    make_key("named", profile="other"),
    make_key("shop", profiles=("empty", "shop")),
    make_key("other", profiles=("empty", "other")),
)
Documents = dict[str, LibraryDocument]


@contextmanager
def open_client(folder: Path, keys: KeyRing | None = None, **given: Any) -> Iterator[tuple[TestClient[Any], Documents]]:
    """Give a client and the documents that there are, by name."""
    profiles = folder / "profiles"
    profiles.mkdir()
    for name, text in PROFILES.items():
        title = f'title = {{ zh = "{name}", en = "{name}" }}\n'
        (profiles / f"{name}.toml").write_text(text + title, encoding="utf-8")
    path = folder / "sessions.db"
    documents = stock(path)
    app = stored_app(Settings(profiles=str(profiles), **given), AsyncEngine(FakeChatModel(), {}), path, keys)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client, documents


def sign(name: str) -> dict[str, str]:
    """Return the headers of a key."""
    return {"Authorization": f"Bearer {make_secret(name)}"}
