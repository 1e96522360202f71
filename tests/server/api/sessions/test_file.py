"""The file of an exported session, with and without pictures."""

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


async def test_each_picture_is_written_once_and_loaded_by_itself(
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
        file = await write_and_parse(store, exported, list_hashes(exported))
    pictures = {RED.sha256: encode_picture(RED), BLUE.sha256: encode_picture(BLUE)}
    assert file == {**json.loads(json.dumps(exported)), "pictures": pictures}
    assert read == [[RED.sha256], [BLUE.sha256]]


async def test_without_pictures_the_field_is_empty(tmp_path: Path) -> None:
    async with open_store(tmp_path / "store.sqlite3") as store:
        session = await store.create_session("ann", "desk")
        exported = await store.export_session("ann", session.id)
        assert await write_and_parse(store, exported, []) == {**exported, "pictures": {}}


async def write_and_parse(store: Store, session: dict[str, Any], hashes: list[str]) -> Any:
    file = io.BytesIO()
    await write_session(file, store, "ann", session, hashes)
    return json.loads(file.getvalue())


def encode_picture(picture: StoredPicture) -> dict[str, str]:
    return {"mime": picture.mime, "base64": base64.b64encode(picture.data).decode()}
