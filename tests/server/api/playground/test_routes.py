"""The document of the playground is right: its example runs as printed, and its list of routes is complete."""

import re

import pytest

from server.api.playground.routes import ROUTES
from server.api.playground.runs import MAX_RUN_BYTES
from tests.helpers.paths import ROOT

DOCUMENT = (ROOT / "docs" / "playground.md").read_text(encoding="utf-8")


def test_the_example_prints_what_is_shown(
    demo_address: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    (source,) = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
    (shown,) = re.findall(r"```text\n(.*?)```", DOCUMENT, re.DOTALL)
    exec(compile(source.replace("http://127.0.0.1:8000", demo_address), "playground.md", "exec"), {})
    assert capsys.readouterr().out == shown


def test_every_route_is_listed() -> None:
    listed = re.findall(r"^\| `(GET|POST|DELETE) ([^`?]+)", DOCUMENT, re.MULTILINE)
    routes = [
        (method, path.replace("{run_id:str}", "{id}"))
        for route in ROUTES
        for path in route.paths
        for method in route.http_methods - {"OPTIONS"}
    ]
    assert sorted(listed) == sorted(routes)


def test_the_largest_run_is_as_documented() -> None:
    assert f"of up to {MAX_RUN_BYTES // 2**20} MiB" in DOCUMENT
