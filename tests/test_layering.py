"""Imports point down only: scripts, then server, then model."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

PLAIN = (
    "batch",
    "beams",
    "budget",
    "counts",
    "engine",
    "kv_cache",
    "prefix",
    "region",
    "repetition",
    "scheduler",
    "sequence",
    "stats",
)
"""Of the engine's files, those that are plain Python."""

WITHOUT_WEB = ("conversations", "expiry", "fetch", "fitting", "reply", "telling", "turn")
"""Of the server's files, those that any dialect may use."""

OF_THE_COMMAND = ("__main__", "errors", "key", "keyfile", "keyring")
"""Of the files about keys, those that start in an instant."""

BELOW_WEB = ("engine", "engine_metrics", "record", "streams", "tracing", "watchdog", "worker")
"""Around the engine."""

ABOVE_STORE = {
    f"server.{name}"
    for name in ("access_log", "api", "app", *WITHOUT_WEB, "engine", "keys", "names", "settings", "streams")
}

FORBIDDEN = {
    "model": {"server", "scripts", "tests", "asyncio", "litestar", "sqlalchemy", "uvicorn"},
    **{f"model/engine/{name}.py": {"torch", "transformers"} for name in PLAIN},
    "server": {"scripts", "tests"},
    **{f"server/{name}.py": {"litestar", "sqlalchemy", "torch", "transformers"} for name in BELOW_WEB},
    **{f"server/{name}.py": {"litestar", "torch", "transformers"} for name in WITHOUT_WEB},
    "server/keys": {"torch", "transformers", "litestar", "sqlalchemy", "server.engine.async_engine", "server.api"},
    **{f"server/keys/{name}.py": {"model", "server.errors", "server.store"} for name in OF_THE_COMMAND},
    "server/api": {"torch", "transformers", "sqlalchemy"},
    "server/store": {"model", "torch", "transformers", "litestar", "uvicorn", *ABOVE_STORE},
    "server/support": {"torch", "transformers", "litestar", "sqlalchemy", "uvicorn"},
    "server/ops": {"torch", "transformers", "litestar", "sqlalchemy", "uvicorn", "server.api"},
    "scripts": {"tests"},
}
COMPOSERS = {"server/process/serve.py"}
"""The only files, but for tests, that may import server.app."""


def sources() -> list[str]:
    return sorted(
        str(p.relative_to(ROOT)) for top in ("model", "server", "scripts") for p in (ROOT / top).rglob("*.py")
    )


def imported(path: str) -> Iterator[str]:
    """Dotted names of every module that a file imports, and of what it takes from them, wherever in it."""
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            assert node.module
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def violations(path: str, names: list[str]) -> list[str]:
    banned = set().union(*(tops for place, tops in FORBIDDEN.items() if path == place or path.startswith(f"{place}/")))
    found = [name for name in names if any(f"{name}.".startswith(f"{module}.") for module in banned)]
    return found + [name for name in names if name == "server.app" and path not in COMPOSERS]


def test_there_is_something_to_check() -> None:
    parts = {
        "model/chat.py",
        "server/engine/async_engine.py",
        "server/api/support/ask_chat.py",
        "server/store/store.py",
        "scripts/check_golden.py",
    }
    assert parts <= set(sources())


@pytest.mark.parametrize("path", sources())
def test_imports_point_down(path: str) -> None:
    assert violations(path, list(imported(path))) == []


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("model/chat.py", "server.engine.async_engine"),
        ("model/chat.py", "asyncio"),
        ("server/engine/async_engine.py", "torch.nn"),
        ("model/engine/scheduler.py", "torch"),
        ("server/api/support/ask_chat.py", "transformers"),
        ("server/store/store.py", "model.errors"),
        ("server/store/turns.py", "litestar.exceptions"),
        ("server/store/migrations/env.py", "server.engine.async_engine"),
        ("server/pipeline/reloading.py", "litestar"),
        ("server/settings/settings.py", "server.app"),
        ("server/keys/keyfile.py", "server.errors"),
        ("server/keys/account.py", "litestar.connection"),
        ("server/store/spending.py", "server.keys.key"),
        ("server/ops/overview.py", "server.api.error_response"),
        ("server/app.py", "scripts.check_golden"),
    ],
)
def test_a_wrong_import_would_be_found(path: str, name: str) -> None:
    assert violations(path, [name]) == [name]


def test_what_is_taken_from_a_package_is_seen_too() -> None:
    assert {"server.store", "server.store.turns"} <= set(imported("server/store/store.py"))
    assert violations("server/store/store.py", ["server.engineering"]) == []


def test_the_store_starts_without_what_it_must_not_know() -> None:
    code = (
        "import sys, server.store.store; print(*({'torch', 'litestar', 'model', 'server.engine.async_engine'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
