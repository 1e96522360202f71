"""The process as an operator starts it, over real loopback connections."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from model.chat import ModelInfo
from server.__main__ import StartError, banner, opened_store
from server.engine import AsyncEngine
from server.settings import Settings
from server.store.sqlite import lock_file
from tests.apps import stored_app
from tests.fakes import FakeChatModel
from tests.loopback import comes_true, listening
from tests.processes import get, post, running_server


@pytest.fixture(scope="module")
def served(golden_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, Path]]:
    data = tmp_path_factory.mktemp("data") / "new"
    flags = ("--model", str(golden_folder / "checkpoint"), "--data", str(data), "--max-new-tokens", "200")
    with running_server(*flags) as (_, address, said):
        yield address, said, data


def test_it_says_what_it_serves(served: tuple[str, str, Path], golden_folder: Path) -> None:
    address, said, data = served
    for part in (str(golden_folder / "checkpoint"), "cpu, float32", "sdpa", str(data / "sessions.db"), address):
        assert part in said


def test_health_answers_while_a_long_answer_is_computed() -> None:
    app = stored_app(Settings(), AsyncEngine(FakeChatModel(delay_s=0.1), {}))
    ended: list[str] = []
    with listening(app) as (host, port):
        address = f"http://{host}:{port}"
        asking = threading.Thread(target=lambda: ended.append(post(f"{address}/ask", {"question": "slow"})["answer"]))
        asking.start()
        time.sleep(0.2)
        ended.append(get(f"{address}/health")["status"])
        asking.join()
    assert ended == ["ok", "0/1: slow"]


def test_it_keeps_its_log_in_the_data_folder(served: tuple[str, str, Path]) -> None:
    address, _, data = served
    post(f"{address}/ask", {"question": "a private matter"})
    log = data / "server.log"
    assert comes_true(lambda: "POST /ask 200" in log.read_text())
    assert "private" not in log.read_text()


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_without_a_traceback(golden_folder: Path, tmp_path: Path, sent: signal.Signals) -> None:
    flags = ("--model", str(golden_folder / "checkpoint"), "--data", str(tmp_path))
    with running_server(*flags) as (process, _, _):
        process.send_signal(sent)
        said, _ = process.communicate(timeout=30)
        assert process.returncode == 0
        assert "Traceback" not in said


def failing(*flags: str) -> str:
    """What the process says on its way out."""
    done = subprocess.run([sys.executable, "-m", "server", *flags], capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr.strip().splitlines()[-1]


def test_a_busy_port_is_said_before_the_model_is_loaded(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = failing("--port", str(port), "--data", str(tmp_path), "--model", "/nowhere")
    assert said == f"cannot start: 127.0.0.1 port {port} cannot be used: Address already in use"


def test_a_checkpoint_that_is_not_there(tmp_path: Path) -> None:
    said = failing("--port", "0", "--data", str(tmp_path), "--model", "/nowhere")
    assert said.startswith("cannot start: '/nowhere' is neither 'demo', nor a folder that exists")


def test_a_data_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = failing("--port", "0", "--data", str(tmp_path / "file" / "data"))
    assert said == f"cannot start: the data folder {tmp_path}/file/data cannot be written: {os.strerror(20)}"


@pytest.mark.parametrize(
    ("where", "cause"),
    [
        (
            "mysql://root:secret@host/x",
            "the database is a path, sqlite:///path or postgresql://host/name, not mysql://",
        ),
        ("postgresql://ann:secret@127.0.0.1:1/x", "the database postgresql://ann:***@127.0.0.1:1/x cannot be used: "),
        ("/proc/nowhere/sessions.db", "the database /proc/nowhere/sessions.db cannot be used: "),
    ],
)
def test_a_database_that_cannot_be_used_stops_the_start(where: str, cause: str) -> None:
    with (
        asyncio.Runner() as runner,
        pytest.raises(StartError) as refused,
        opened_store(Settings(database_url=where), runner),
    ):
        raise AssertionError("it was opened")
    assert str(refused.value).startswith(cause)
    assert "secret" not in str(refused.value)


def test_a_database_in_use_is_said_before_the_model_is_loaded(tmp_path: Path) -> None:
    with lock_file(tmp_path / "sessions.db"):
        said = failing("--port", "0", "--data", str(tmp_path), "--model", "/nowhere")
    assert said.startswith(f"cannot start: another server is using {tmp_path / 'sessions.db'}; ")


def test_the_banner_tells_what_the_demo_knows() -> None:
    demo = banner(ModelInfo("demo", "cpu", "float32", "none", "sdpa", is_demo=True), Settings(), 8000, "sessions.db")
    assert "drawn product cards only" in demo
    assert "http://127.0.0.1:8000" in demo
    info = ModelInfo("x/y", "cuda", "bfloat16", "int4", "flash_attention_2", is_demo=False)
    real = banner(info, Settings(), 8000, "sessions.db")
    assert "product cards" not in real
    assert "cuda, bfloat16, weights in int4" in real


def test_an_ipv6_address_is_written_as_a_url() -> None:
    info = ModelInfo("demo", "cpu", "float32", "none", "sdpa", is_demo=True)
    assert "http://[::1]:8000" in banner(info, Settings(host="::1"), 8000, "sessions.db")
