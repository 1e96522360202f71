"""The process as an operator starts it, over real loopback connections."""

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

from server.__main__ import main, open_keys
from server.engine.async_engine import AsyncEngine
from server.keys.keyfile import add_key, remove_key
from server.process.errors import StartError
from server.settings.settings import Settings
from server.store.sqlite import lock_file
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel
from tests.helpers.forking import ForkedProcess
from tests.helpers.keys import make_key, make_secret
from tests.helpers.loopback import comes_true, serve_on_loopback
from tests.helpers.processes import Start, get, post, run_program, run_server, start_python


@pytest.fixture(scope="module")
def served(golden_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, Path]]:
    data = tmp_path_factory.mktemp("data") / "new"
    flags = ("--model", str(golden_folder / "checkpoint"), "--data", str(data), "--max-new-tokens", "200")
    with run_server(*flags, start=start_python) as (_, address, said):
        yield address, said.text, data


def test_it_says_what_it_serves(served: tuple[str, str, Path], golden_folder: Path) -> None:
    address, said, data = served
    for part in (str(golden_folder / "checkpoint"), "cpu, float32", "sdpa", str(data / "sessions.db"), address):
        assert part in said


def test_health_answers_while_a_long_answer_is_computed() -> None:
    may_end = threading.Event()
    engine, question = AsyncEngine(FakeChatModel(pause=may_end.wait), {}), "slow and slow and slow"
    app = stored_app(Settings(), engine)
    ended: list[str] = []
    with serve_on_loopback(app) as (host, port):
        address = f"http://{host}:{port}"
        asking = threading.Thread(target=lambda: ended.append(post(f"{address}/ask", {"question": question})["answer"]))
        asking.start()
        assert comes_true(lambda: engine.num_requests)
        ended.append(get(f"{address}/health")["status"])
        may_end.set()
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
    with run_server(*flags) as (process, _, said):
        process.send_signal(sent)
        assert process.wait(timeout=60) == 0
        assert "Traceback" not in said.whole()


def failing(*flags: str, start: Start = ForkedProcess) -> str:
    """Run a server that cannot start, and return the last line that it writes."""
    status, output = run_program(*flags, start=start)
    assert status == 1
    assert "Traceback" not in output
    return output.strip().splitlines()[-1]


def test_a_busy_port_is_said_before_the_model_is_loaded(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = failing("--port", str(port), "--data", str(tmp_path), "--model", "/nowhere", start=start_python)
    assert said == f"cannot start: 127.0.0.1 port {port} cannot be used: Address already in use"


def test_a_checkpoint_that_is_not_there(tmp_path: Path) -> None:
    said = failing("--port", "0", "--data", str(tmp_path), "--model", "/nowhere")
    assert said.startswith("cannot start: '/nowhere' is neither 'demo', nor a folder that exists")


def test_a_data_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = failing("--port", "0", "--data", str(tmp_path / "file" / "data"))
    assert said == f"cannot start: the data folder {tmp_path}/file/data cannot be written: {os.strerror(20)}"


def test_a_database_in_use_is_said_before_the_model_is_loaded(tmp_path: Path) -> None:
    with lock_file(tmp_path / "sessions.db"):
        said = failing("--port", "0", "--data", str(tmp_path), "--model", "/nowhere")
    assert said.startswith(f"cannot start: another server is using {tmp_path / 'sessions.db'}; ")


def test_an_exposed_address_without_keys_is_refused_before_the_model_is_loaded(tmp_path: Path) -> None:
    said = failing("--host", "0.0.0.0", "--port", "0", "--data", str(tmp_path), "--model", "/nowhere")
    assert said.startswith("cannot start: 0.0.0.0 can be reached by other machines, and there are no keys: ")


def test_where_the_keys_come_from(tmp_path: Path) -> None:
    settings = Settings(data=str(tmp_path))
    environment = {"MINICPMV_API_KEYS": f"ann:{make_secret('ann')}"}
    assert open_keys(settings, {}) is None
    given = open_keys(settings, environment)
    assert given is not None
    assert given.find(make_secret("ann"))
    add_key(tmp_path / "keys.toml", make_key("bob"))
    both = open_keys(settings, environment)
    assert both is not None
    assert [found.name for found in both.keys] == ["ann", "bob"]
    remove_key(tmp_path / "keys.toml", "bob")
    assert open_keys(settings, {}) is not None, "a file without keys lets nobody in"


def test_visitors_belong_to_a_key_that_there_is(tmp_path: Path) -> None:
    add_key(tmp_path / "keys.toml", make_key("shop"))
    assert open_keys(Settings(data=str(tmp_path), anonymous_customers="shop"), {}) is not None
    with pytest.raises(
        StartError, match="anonymous_customers names the key 'shpo', and there is no such key, only shop"
    ):
        open_keys(Settings(data=str(tmp_path), anonymous_customers="shpo"), {})
    assert open_keys(Settings(keys_file="none", anonymous_customers="shpo"), {}) is None, "everybody is let in there"


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


LIGHT = "import sys, resource\ntry:\n    from server.__main__ import main\n    main()\nfinally:\n    "
CPU = "used = resource.getrusage(resource.RUSAGE_SELF); print('CPU', used.ru_utime + used.ru_stime)"


@pytest.mark.serial
@pytest.mark.parametrize(
    ("flags", "status"),
    [(("--help",), 0), (("--port", "many"), 2), (("--quantization", "int3"), 2), (("--nothing",), 2)],
)
def test_help_and_refusals_take_less_than_a_third_of_a_second(flags: tuple[str, ...], status: int) -> None:
    """In CPU time, the least of three: the machine may be busy."""
    used = []
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", LIGHT + CPU, *flags], capture_output=True, text=True, timeout=60)
        assert done.returncode == status
        used.append(float(done.stdout.rpartition("CPU ")[2]))
    assert min(used) < 0.3


@pytest.mark.serial
def test_the_port_is_open_and_answers_before_torch_is_imported(tmp_path: Path) -> None:
    code = "import sys, server.process.serve; print(sorted({'torch', 'transformers', 'sqlalchemy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    flags = ("--port", str(port), "--data", str(tmp_path))
    began_s = time.monotonic()
    with subprocess.Popen([sys.executable, "-m", "server", *flags], stdout=subprocess.PIPE, text=True) as process:
        assert comes_true(lambda: connects(port))
        answered = get(f"http://127.0.0.1:{port}/health/live")
        answered_s = time.monotonic() - began_s
        assert answered == {"status": "ok"}
        assert process.stdout is not None
        ready = next(line for line in process.stdout if "address" in line)
        ready_s = time.monotonic() - began_s
        process.terminate()
        process.communicate()
    assert ready.endswith(f":{port}\n")
    assert answered_s < ready_s / 2


def connects(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
