"""Asking the Hub, and where it is by huggingface_hub's variables."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from model.checkpoint.hub import HUB_ID, Hub, NoAnswer, run_within
from tests.helpers.paths import ROOT


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "https://huggingface.co|HOME/.cache/huggingface/hub|False|8.0|30.0"),
        ({"HF_ENDPOINT": "https://hf-mirror.com/"}, "https://hf-mirror.com|HOME/.cache/huggingface/hub|False|8.0|30.0"),
        ({"HF_HOME": "/models", "HF_HUB_OFFLINE": "1"}, "https://huggingface.co|/models/hub|True|8.0|30.0"),
        (
            {"HF_HUB_CACHE": "/cache", "HF_HUB_ETAG_TIMEOUT": "5", "HF_HUB_DOWNLOAD_TIMEOUT": "7"},
            "https://huggingface.co|/cache|False|5|7",
        ),
    ],
)
def test_the_variables_of_huggingface_hub_hold(tmp_path: Path, variables: dict[str, str], expected: str) -> None:
    program = (
        "from model.checkpoint.hub import Hub; hub = Hub.from_environment(); "
        "print(hub.endpoint, hub.cache, hub.is_offline, hub.answer_s, hub.stall_s, sep='|')"
    )
    inherited = {n: t for n, t in os.environ.items() if not n.startswith(("HF_", "HUGGINGFACE_", "XDG_", "TRANSF"))}
    environment = {**inherited, "HOME": str(tmp_path), **variables}
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == expected.replace("HOME", str(tmp_path)), done.stderr


def test_what_takes_too_long_is_left_alone() -> None:
    start = time.monotonic()
    with pytest.raises(NoAnswer, match=r"0\.05"):
        run_within(0.05, lambda: time.sleep(1))
    assert time.monotonic() - start < 0.9


def test_results_and_errors_come_through() -> None:
    assert run_within(5, lambda: 3) == 3
    with pytest.raises(ZeroDivisionError):
        run_within(5, lambda: 1 // 0)


@pytest.mark.parametrize(("text", "is_id"), [("a/b", True), ("a-b.c/d_e.f", True), ("a", False), ("../a", False)])
def test_ids(text: str, is_id: bool) -> None:
    assert bool(HUB_ID.fullmatch(text)) == is_id


def test_addresses_of_files_are_quoted(tmp_path: Path) -> None:
    assert Hub("http://h", tmp_path).file_url("a/b", "c/d", "e f.json") == "http://h/a/b/resolve/c%2Fd/e%20f.json"
