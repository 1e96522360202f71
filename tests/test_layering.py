"""Imports point down only: scripts, server, model; and within server by folder, along the way of a request."""

import ast
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.helpers.paths import ROOT

SERVER = (
    "environment",
    "matching",
    "store",
    "errors",
    "keys",
    "settings",
    "customers",
    "engine",
    "request_record",
    "turn",
    "tools",
    "handover",
    "library",
    "knowledge",
    "pipeline",
    "dialogue",
    "telemetry",
    "ops",
    "composition",
    "api",
    "app",
    "process",
    "commands",
    "__main__",
)
"""The folders and files of `server/`, from the bottom up: each may import only those before it.

The `__main__` of a package is a command, and as high as the server's own: nobody imports it.
"""

WEB = frozenset({"litestar", "uvicorn", "starlette"})
TORCH = frozenset({"torch", "transformers"})
DATABASE = frozenset({"sqlalchemy", "alembic", "aiosqlite", "psycopg"})

FORBIDDEN: dict[str, frozenset[str]] = {
    "model": WEB | DATABASE | {"server", "scripts", "tests", "asyncio"},
    "server": TORCH | {"scripts", "tests", "ray"},
    "server/api": DATABASE,
    "server/dialogue": DATABASE | WEB,
    "server/pipeline": DATABASE | WEB,
    "server/turn": DATABASE | WEB,
    "server/library": DATABASE | WEB,
    "server/knowledge": DATABASE | WEB,
    "server/matching": DATABASE | WEB | {"model", "asyncio"},
    "server/library/readers": frozenset({"model", "asyncio"})
    | {f"server.{name}" for name in SERVER if name != "library"},
    "server/engine": DATABASE | WEB,
    "server/customers": DATABASE | WEB | {"model"},
    "server/tools": DATABASE | WEB,
    "server/handover": DATABASE | WEB,
    "server/store": WEB | {"model"},
    "server/keys": DATABASE | WEB | {"model"},
    "server/settings": DATABASE | WEB | {"server.store"},
    "server/errors": DATABASE | WEB,
    "server/telemetry": DATABASE,
    "server/ops": DATABASE | WEB,
    "scripts": frozenset({"tests"}),
}
"""By folder, what no file in it or below it may import."""


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


def part_of(dotted: str) -> str | None:
    """The folder or file of `server/` that a module is in; None for others."""
    top, _, rest = dotted.partition(".")
    if top != "server":
        return None
    return "__main__" if dotted.endswith(".__main__") else rest.partition(".")[0] or None


def violations(path: str, names: list[str]) -> list[str]:
    banned = set().union(*(tops for folder, tops in FORBIDDEN.items() if path.startswith(f"{folder}/")))
    found = [name for name in names if any(f"{name}.".startswith(f"{module}.") for module in banned)]
    return found + [name for name in names if name not in found and points_up(path, name)]


def points_up(path: str, name: str) -> bool:
    here, there = part_of(path.removesuffix(".py").replace("/", ".")), part_of(name)
    return here in SERVER and there in SERVER and SERVER.index(there) > SERVER.index(here)


def test_every_folder_of_the_server_has_its_place() -> None:
    parts = {part_of(path.removesuffix(".py").replace("/", ".")) for path in sources() if path.startswith("server/")}
    assert parts - {"__init__"} == set(SERVER)


def test_few_files_of_the_server_are_in_no_folder() -> None:
    assert len([path for path in sources() if path.startswith("server/") and path.count("/") == 1]) <= 5


@pytest.mark.parametrize("path", sources())
def test_imports_point_down(path: str) -> None:
    assert violations(path, list(imported(path))) == []


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("model/chat.py", "server.engine.async_engine"),
        ("model/chat.py", "asyncio"),
        ("server/engine/async_engine.py", "torch.nn"),
        ("server/engine/async_engine.py", "server.request_record"),
        ("server/api/support/ask_chat.py", "transformers"),
        ("server/api/support/ask_chat.py", "server.app"),
        ("server/store/store.py", "model.errors"),
        ("server/store/turns.py", "litestar.exceptions"),
        ("server/store/migrations/env.py", "server.engine.async_engine"),
        ("server/pipeline/reloading.py", "litestar"),
        ("server/pipeline/pipeline.py", "server.dialogue.conversations"),
        ("server/turn/turn.py", "server.pipeline.stage"),
        ("server/settings/settings.py", "server.store.store"),
        ("server/keys/keyfile.py", "server.telemetry.logging"),
        ("server/keys/account.py", "litestar.connection"),
        ("server/ops/overview.py", "server.api.error_response"),
        ("server/app.py", "server.process.serve"),
        ("server/app.py", "scripts.check_golden"),
        ("server/commands/offline.py", "server.keys.__main__"),
        ("server/library/library.py", "server.library.__main__"),
    ],
)
def test_a_wrong_import_would_be_found(path: str, name: str) -> None:
    assert violations(path, [name]) == [name]


def test_what_is_taken_from_a_package_is_seen_too() -> None:
    assert {"server.store", "server.store.turns"} <= set(imported("server/store/store.py"))
    assert violations("server/store/store.py", ["server.engineering"]) == []


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("server.store.store", {"torch", "litestar", "model", "server.engine"}),
        ("server.keys.__main__", {"torch", "litestar", "model", "sqlalchemy", "server.engine"}),
        ("server.settings.arguments", {"torch", "litestar", "sqlalchemy", "numpy"}),
        ("server.process.serve", {"torch", "transformers", "sqlalchemy", "server.engine"}),
        ("model.engine.scheduler", {"torch", "transformers", "PIL"}),
    ],
)
def test_what_starts_without_what_it_must_not_know(module: str, unwanted: set[str]) -> None:
    """Through all that it imports: the scheduler is plain Python, and a command line starts at once."""
    code = f"import sys, {module}; print(*({unwanted} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
