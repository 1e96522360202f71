"""Imports point down only: scripts, then server, then model."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

PLAIN = ("beams", "engine", "kv_cache", "prefix", "repetition", "scheduler", "sequence")
"""Of the engine's files, those that are plain Python."""

WITHOUT_WEB = ("conversations", "fetch", "reply", "turn")
"""Of the server's files, those that any dialect may use."""

FORBIDDEN = {
    "model": {"server", "scripts", "tests", "asyncio", "litestar", "sqlalchemy", "uvicorn"},
    **{f"model/engine/{name}.py": {"torch", "transformers"} for name in PLAIN},
    "server": {"scripts", "tests"},
    "server/engine.py": {"litestar", "sqlalchemy", "torch", "transformers"},
    "server/streams.py": {"litestar", "sqlalchemy", "torch", "transformers"},
    **{
        f"server/{name}.py": {"litestar", "torch", "transformers"}
        for name in ("conversations", "fetch", "reply", "turn")
    },
    "server/api": {"torch", "transformers", "sqlalchemy"},
    "scripts": {"tests"},
}
COMPOSERS = {"server/__main__.py"}
"""The only files, but for tests, that may import server.app."""


def sources() -> list[str]:
    return sorted(
        str(p.relative_to(ROOT)) for top in ("model", "server", "scripts") for p in (ROOT / top).rglob("*.py")
    )


def imported(path: str) -> Iterator[str]:
    """Dotted names of every module that a file imports, wherever in it."""
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            assert node.module
            yield node.module


def violations(path: str, names: list[str]) -> list[str]:
    banned = set().union(*(tops for place, tops in FORBIDDEN.items() if path == place or path.startswith(f"{place}/")))
    found = [name for name in names if name.split(".")[0] in banned]
    return found + [name for name in names if name == "server.app" and path not in COMPOSERS]


def test_there_is_something_to_check() -> None:
    assert {"model/chat.py", "server/engine.py", "server/api/support.py", "scripts/check_golden.py"} <= set(sources())


@pytest.mark.parametrize("path", sources())
def test_imports_point_down(path: str) -> None:
    assert violations(path, list(imported(path))) == []


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("model/chat.py", "server.engine"),
        ("model/chat.py", "asyncio"),
        ("server/engine.py", "torch.nn"),
        ("model/engine/scheduler.py", "torch"),
        ("server/api/support.py", "transformers"),
        ("server/settings.py", "server.app"),
        ("server/app.py", "scripts.check_golden"),
    ],
)
def test_a_wrong_import_would_be_found(path: str, name: str) -> None:
    assert violations(path, [name]) == [name]
