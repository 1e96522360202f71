"""What stops the start before the model is loaded, and what the settings make of the engine."""

from pathlib import Path
from typing import Any

import pytest

from server.process.application import create_engine, open_application
from server.process.errors import StartError
from server.process.operator_files import OperatorFiles
from server.process.signals import Signals
from server.settings.settings import Settings
from tests.helpers.fakes import FakeChatModel

pytestmark = pytest.mark.anyio


async def error_of(settings: Settings) -> str:
    with pytest.raises(StartError) as refused:
        async with open_application(settings, None, Signals(), OperatorFiles(None)):
            raise AssertionError("it was opened")
    return str(refused.value)


@pytest.mark.parametrize(
    ("where", "cause"),
    [
        (
            "mysql://root:secret@host/x",
            "the database must be a path, sqlite:///path or postgresql://host/name, not mysql://",
        ),
        ("postgresql://ann:secret@127.0.0.1:1/x", "the database postgresql://ann:***@127.0.0.1:1/x cannot be used: "),
        ("/proc/nowhere/sessions.db", "the database /proc/nowhere/sessions.db cannot be used: "),
    ],
)
async def test_a_database_that_cannot_be_used_stops_the_start(where: str, cause: str) -> None:
    error = await error_of(Settings(database_url=where, model="/nowhere"))
    assert error.startswith(cause)
    assert "secret" not in error


async def test_profiles_that_cannot_be_read_stop_the_start(tmp_path: Path) -> None:
    error = await error_of(Settings(profiles=str(tmp_path / "none"), data=str(tmp_path), model="/nowhere"))
    assert error == f"the folder of profiles {tmp_path / 'none'} does not exist"


async def test_an_embedding_model_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    error = await error_of(Settings(embedding_model=str(tmp_path), data=str(tmp_path), model="/nowhere"))
    assert error == f"the embedding model {tmp_path} has neither model.onnx nor onnx/model.onnx"


async def test_a_checkpoint_that_is_not_there_comes_last(tmp_path: Path) -> None:
    error = await error_of(Settings(data=str(tmp_path), model="/nowhere"))
    assert error.startswith("'/nowhere' is neither 'demo', nor a folder that exists")


async def test_a_revision_is_of_the_hub_only(tmp_path: Path) -> None:
    cause = await error_of(Settings(model="demo", revision="v1", data=str(tmp_path)))
    assert cause.startswith("demo is not of the Hub, so it has no revision v1")


@pytest.mark.parametrize(("is_shared", "expected"), [(False, 0), (True, 32)])
async def test_owners_share_the_prefix_cache_only_where_it_is_set(is_shared: bool, expected: int) -> None:
    model: Any = FakeChatModel()
    engine = create_engine(Settings(share_prefix_cache=is_shared), model)
    for owner in ("a", "b"):
        dialogue = await engine.prepare([{"role": "user", "content": ["x" * 40]}])
        stream = engine.submit(dialogue, owner=owner)
        async for _ in stream:
            pass
    assert stream.usage.num_cached == expected
    await engine.close()
