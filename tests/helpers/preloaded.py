"""What the fork server imports before it forks: every module that a server needs, torch at one thread.

Importing it takes seconds, so nothing but the fork server may: see `tests.helpers.forking`.
"""

import gc
import importlib
import os
import pkgutil
from collections.abc import Iterator

SKIPPED = {"__main__", "cluster", "migrations"}
"""Programs, what needs Ray, and what only Alembic can import."""


def find_modules(package: str) -> Iterator[str]:
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
        if SKIPPED.isdisjoint(module.name.split(".")):
            yield module.name


os.environ.setdefault("OMP_NUM_THREADS", "1")
for package in ("model", "server"):
    for name in find_modules(package):
        importlib.import_module(name)
gc.freeze()  # the forks share the pages of these modules, and do not go through them for garbage
