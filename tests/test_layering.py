"""Imports point down only: scripts, then server, then model; within them by folder."""

import ast
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.helpers.paths import ROOT

WEB = frozenset({"litestar", "uvicorn"})
TORCH = frozenset({"torch", "transformers"})
DATABASE = frozenset({"sqlalchemy", "alembic"})
ABOVE_ENGINE = frozenset({"server.api", "server.dialogue", "server.pipeline", "server.turn"})
SIDE = frozenset({"server.app", "server.process", "server.ops", "server.telemetry"})
"""What watches or starts the others."""

FORBIDDEN: dict[str, frozenset[str]] = {
    "model": WEB | DATABASE | {"server", "scripts", "tests", "asyncio"},
    "server": frozenset({"scripts", "tests"}),
    "server/api": TORCH | DATABASE | {"server.app", "server.process"},
    "server/dialogue": TORCH | DATABASE | WEB | SIDE | {"server.api"},
    "server/pipeline": TORCH | DATABASE | WEB | SIDE | {"server.api", "server.dialogue"},
    "server/turn": TORCH | DATABASE | WEB | SIDE | ABOVE_ENGINE - {"server.turn"} | {"server.store"},
    "server/engine": TORCH | DATABASE | WEB | SIDE | ABOVE_ENGINE | {"server.store", "server.request_record"},
    "server/store": TORCH | WEB | SIDE | ABOVE_ENGINE | {"model", "server.engine", "server.keys", "server.settings"},
    "server/keys": TORCH | DATABASE | WEB | SIDE | ABOVE_ENGINE | {"server.engine"},
    "server/settings": TORCH | DATABASE | WEB | SIDE | ABOVE_ENGINE | {"server.engine", "server.store"},
    "server/errors": TORCH | DATABASE | WEB | SIDE | ABOVE_ENGINE | {"server.engine"},
    "server/telemetry": TORCH | DATABASE | ABOVE_ENGINE | {"server.app", "server.process", "server.ops"},
    "server/ops": TORCH | DATABASE | WEB | {"server.api", "server.app", "server.process"},
    "scripts": frozenset({"tests"}),
}
"""By folder, what may not be imported in it or below it."""

COMPOSERS = ("server/process", "server/cluster")
"""The only folders, but for tests, that may import `server.app`."""


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
    banned = set().union(*(tops for folder, tops in FORBIDDEN.items() if path.startswith(f"{folder}/")))
    found = [name for name in names if any(f"{name}.".startswith(f"{module}.") for module in banned)]
    return found + [name for name in names if name == "server.app" and not path.startswith(COMPOSERS)]


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
        ("server/api/support/ask_chat.py", "transformers"),
        ("server/store/store.py", "model.errors"),
        ("server/store/turns.py", "litestar.exceptions"),
        ("server/store/migrations/env.py", "server.engine.async_engine"),
        ("server/pipeline/reloading.py", "litestar"),
        ("server/settings/settings.py", "server.store.store"),
        ("server/keys/keyfile.py", "server.telemetry.logging"),
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
    known = "{'torch', 'litestar', 'model', 'server.engine'}"
    code = f"import sys, server.store.store; print(*({known} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
