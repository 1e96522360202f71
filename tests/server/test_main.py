"""The process as an operator starts it, over real loopback connections."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server.__main__ import StartError, bind, check_exposure, main, open_keys, opened_store
from server.engine.async_engine import AsyncEngine
from server.keys.keyfile import add_key, remove_key
from server.keys.keyring import KeyRing
from server.settings.settings import Settings
from server.store.sqlite import lock_file
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel
from tests.helpers.keys import key, secret_of
from tests.helpers.loopback import comes_true, listening
from tests.helpers.processes import get, post, running_server


@pytest.fixture(scope="module")
def served(golden_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, Path]]:
    data = tmp_path_factory.mktemp("data") / "new"
    flags = ("--model", str(golden_folder / "checkpoint"), "--data", str(data), "--max-new-tokens", "200")
    with running_server(*flags) as (_, address, said):
        yield address, said.text, data


def test_it_says_what_it_serves(served: tuple[str, str, Path], golden_folder: Path) -> None:
    address, said, data = served
    for part in (str(golden_folder / "checkpoint"), "cpu, float32", "sdpa", str(data / "sessions.db"), address):
        assert part in said


def test_health_answers_while_a_long_answer_is_computed() -> None:
    """Of some seconds, against which that of the health takes no time."""
    engine, question = AsyncEngine(FakeChatModel(delay_s=0.1), {}), "slow and slow and slow"
    app = stored_app(Settings(), engine)
    ended: list[str] = []
    with listening(app) as (host, port):
        address = f"http://{host}:{port}"
        asking = threading.Thread(target=lambda: ended.append(post(f"{address}/ask", {"question": question})["answer"]))
        asking.start()
        assert comes_true(lambda: engine.num_requests)
        ended.append(get(f"{address}/health")["status"])
        asking.join()
    assert ended == ["ok", f"0/1: {question}"]


def test_it_keeps_its_log_in_the_data_folder(served: tuple[str, str, Path]) -> None:
    address, _, data = served
    post(f"{address}/ask", {"question": "a private matter"})
    log = data / "server.log"
    assert comes_true(lambda: '"route": "/ask", "status": 200' in log.read_text())
    assert "private" not in log.read_text()


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_without_a_traceback(golden_folder: Path, tmp_path: Path, sent: signal.Signals) -> None:
    flags = ("--model", str(golden_folder / "checkpoint"), "--data", str(tmp_path))
    with running_server(*flags) as (process, _, said):
        process.send_signal(sent)
        assert process.wait(timeout=60) == 0
        assert "Traceback" not in said.whole()


def failing(*flags: str) -> str:
    """What the process says on its way out."""
    done = subprocess.run([sys.executable, "-m", "server", *flags], capture_output=True, text=True, timeout=300)
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


EXPOSED = (
    f"can be reached by other machines, and there are no keys: make one with {sys.executable} -m server.keys add ann "
    "--file {file}, or set MINICPMV_API_KEYS, or pass --open-without-keys if everybody may use the server"
)


class FakeListener:
    """Also on addresses that this machine may lack."""

    def __init__(self, address: str) -> None:
        self.address = address

    def getsockname(self) -> tuple[str, int]:
        return self.address, 8000


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "::ffff:192.0.2.1", "2001:db8::1"])
def test_without_keys_other_machines_are_kept_out(host: str) -> None:
    listener: Any = FakeListener(host)
    with pytest.raises(StartError) as refused:
        check_exposure(listener, Settings(host=host), None)
    assert str(refused.value) == f"{host} {EXPOSED.format(file='data/keys.toml')}"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_loopback_has_several_addresses(host: str) -> None:
    listener: Any = FakeListener(host)
    check_exposure(listener, Settings(host=host), None)


def test_that_is_said_before_the_model_is_loaded(tmp_path: Path) -> None:
    said = failing("--host", "0.0.0.0", "--port", "0", "--data", str(tmp_path), "--model", "/nowhere")
    assert said == f"cannot start: 0.0.0.0 {EXPOSED.format(file=tmp_path / 'keys.toml')}"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost"])
def test_this_machine_alone_needs_no_keys(host: str, caplog: pytest.LogCaptureFixture) -> None:
    with bind(Settings(host=host, port=0), None):
        assert caplog.text == ""


def test_with_keys_or_on_demand_others_are_let_in(caplog: pytest.LogCaptureFixture) -> None:
    with bind(Settings(host="0.0.0.0", port=0), KeyRing()):
        assert caplog.text == ""
    with bind(Settings(host="0.0.0.0", port=0, open_without_keys=True), None):
        assert "everybody who reaches 0.0.0.0 may use the server" in caplog.text


def test_where_the_keys_come_from(tmp_path: Path) -> None:
    settings = Settings(data=str(tmp_path))
    environment = {"MINICPMV_API_KEYS": f"ann:{secret_of('ann')}"}
    assert open_keys(settings, {}) is None
    given = open_keys(settings, environment)
    assert given is not None
    assert given.find(secret_of("ann"))
    add_key(tmp_path / "keys.toml", key("bob"))
    both = open_keys(settings, environment)
    assert both is not None
    assert [found.name for found in both.keys] == ["ann", "bob"]
    remove_key(tmp_path / "keys.toml", "bob")
    assert open_keys(settings, {}) is not None, "a file without keys lets nobody in"


@pytest.mark.parametrize(
    ("environment", "file", "cause"),
    [
        ({"MINICPMV_API_KEYS": "ann:sk-secret"}, "auto", "the keys cannot be read: MINICPMV_API_KEYS, entry 1: "),
        ({}, "/not/there", "the keys cannot be read: /not/there: No such file"),
    ],
)
def test_keys_that_cannot_be_read_stop_the_start(environment: dict[str, str], file: str, cause: str) -> None:
    with pytest.raises(StartError) as refused:
        open_keys(Settings(keys_file=file), environment)
    assert str(refused.value).startswith(cause)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("content", "cause"),
    [("no value\n", ".env, line 1: it is not NAME=value"), ("MINICPMV_PORT=many\n", "MINICPMV_PORT in .env cannot be")],
)
def test_a_file_of_settings_in_the_working_folder(
    content: str, cause: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".env").write_text(content)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["server"])
    try:
        status = main()
    except SystemExit as stopped:
        status = int(stopped.code or 0)
    assert status == 2
    assert cause in capsys.readouterr().err
