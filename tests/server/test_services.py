"""What the routes use, as the settings make it."""

from pathlib import Path

import pytest

from server.composition.services import build_services
from server.engine.async_engine import AsyncEngine
from server.pipeline.build import open_files
from server.settings.settings import Settings
from server.store.store import open_store
from tests.helpers.fakes import FakeChatModel
from tests.helpers.migrated import place_migrated
from tests.helpers.onnx import write_model
from tests.helpers.read_documents import add_read

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("is_set", "num_found"), [(True, 1), (False, 0)])
async def test_passages_are_found_by_meaning_where_a_model_is_set(tmp_path: Path, is_set: bool, num_found: int) -> None:
    pytest.importorskip("onnxruntime")
    write_model(tmp_path, {"refund": (1.0, 0.0), "cash": (1.0, 0.0)})
    settings = Settings(embedding_model=str(tmp_path)) if is_set else Settings()
    async with open_store(place_migrated(tmp_path / "store.db")) as store:
        engine = AsyncEngine(FakeChatModel(), {})
        services = build_services(settings, engine, store, None, open_files(settings))
        collection = await store.library.open_named_collection("shop", "help")
        await add_read(store.library, collection, tmp_path, "a.txt", ["refund"])
        await services.search.embed_missing()
        assert len(await services.search.search_collections("shop", [collection.id], "cash", 5)) == num_found
        await services.close()
        await engine.close()


async def test_business_tools_run_where_a_file_is_set(tmp_path: Path) -> None:
    file = tmp_path / "tools.toml"
    file.write_text(
        'tools = [{ name = "echo", description = { zh = "回声", en = "Echo" }, profiles = ["shop"],'
        ' python = "tests.helpers.tools:echo", arguments = { properties = { text = { type = "string" } } } }]',
        encoding="utf-8",
    )
    async with open_store(place_migrated(tmp_path / "store.db")) as store:
        for settings, expected in ((Settings(tools=str(file)), {"text": "hi"}), (Settings(), None)):
            engine = AsyncEngine(FakeChatModel(), {})
            services = build_services(settings, engine, store, None, open_files(settings))
            found = None if services.tools is None else (await services.tools.run("echo", {"text": "hi"}, None)).data
            assert found == expected
            await services.close()
            await engine.close()
