"""What an exported session looks like, and how its pictures come into it."""

import base64
import io
import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest

from server.api.sessions.file import list_hashes, write_session
from server.store.records import StoredPicture
from server.store.store import Store, open_store
from tests.helpers.store_turns import BLUE, RED, ask

pytestmark = pytest.mark.anyio


async def test_every_picture_comes_once_and_none_waits_in_memory_for_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Collection[str]] = []
    load = Store.load_pictures

    async def counted(store: Store, owner: str, session_id: str, hashes: Collection[str]) -> dict[str, StoredPicture]:
        read.append(hashes)
        return await load(store, owner, session_id, hashes)

    monkeypatch.setattr(Store, "load_pictures", counted)
    async with open_store(tmp_path / "store.sqlite3") as store:
        session = await store.create_session("ann", "desk")
        await ask(store, session, RED, "什么", BLUE)
        await ask(store, session, RED)
        exported = await store.export_session("ann", session.id)
        told = await written(store, exported, list_hashes(exported))
    pictures = {RED.sha256: encoded(RED), BLUE.sha256: encoded(BLUE)}
    assert told == {**json.loads(json.dumps(exported)), "pictures": pictures}
    assert read == [[RED.sha256], [BLUE.sha256]]


async def test_without_pictures_the_place_for_them_is_empty(tmp_path: Path) -> None:
    async with open_store(tmp_path / "store.sqlite3") as store:
        session = await store.create_session("ann", "desk")
        exported = await store.export_session("ann", session.id)
        assert await written(store, exported, []) == {**exported, "pictures": {}}


async def written(store: Store, session: dict[str, Any], hashes: list[str]) -> Any:
    file = io.BytesIO()
    await write_session(file, store, "ann", session, hashes)
    return json.loads(file.getvalue())


def encoded(picture: StoredPicture) -> dict[str, str]:
    return {"mime": picture.mime, "base64": base64.b64encode(picture.data).decode()}
