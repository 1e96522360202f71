"""The shop as a process: how it starts, what it prints, how it ends."""

import signal
import socket
import time
from pathlib import Path

import httpx
import pytest

from tests.helpers.processes import run_program
from tests.helpers.shop import AUTHORIZED, SECRET, run_shop

PROGRAM = ("scripts.shop",)


def test_it_prints_where_it_is_and_ends_in_order(tmp_path: Path) -> None:
    with run_shop(tmp_path / "new") as (process, address, output):
        assert address.startswith("http://127.0.0.1:")
        assert f"secret     {SECRET}" in output.text
        assert str(tmp_path / "new") in output.text
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
        assert "Traceback" not in output.whole()


def test_a_secret_of_the_environment_is_not_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_SECRET", "a-secret-of-ours")
    with run_shop(tmp_path) as (_, address, output):
        params = {"customer": "ann"}
        assert httpx.get(f"{address}/orders", params=params, headers=AUTHORIZED).status_code == 401
        ours = {"Authorization": "Bearer a-secret-of-ours"}
        assert httpx.get(f"{address}/orders", params=params, headers=ours).status_code == 200
        assert "a-secret-of-ours" not in output.text


def test_a_taken_port_is_told_in_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        flags = ("--port", str(taken.getsockname()[1]), "--data", str(tmp_path))
        status, said = run_program(*flags, program=PROGRAM)
    assert status == 1
    assert said.startswith("the shop cannot start: ")
    assert said.count("\n") == 1


@pytest.mark.parametrize("port", ["70000", "-1"])
def test_a_port_that_there_is_not_is_told(tmp_path: Path, port: str) -> None:
    status, said = run_program("--port", port, "--data", str(tmp_path), program=PROGRAM)
    assert (status, said.count("\n")) == (1, 1)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    status, said = run_program("--port", "0", "--data", str(tmp_path / "file"), program=PROGRAM)
    assert (status, said.count("\n")) == (1, 1)


def test_it_can_be_told_to_be_slow_after_a_change(tmp_path: Path) -> None:
    with run_shop(tmp_path, "--slow-after-commit", "0.5") as (_, address, _):
        started_s = time.monotonic()
        reply = httpx.post(f"{address}/orders/MS100142/cancel", json={"customer": "ann"}, headers=AUTHORIZED)
        assert reply.status_code == 200
        assert time.monotonic() - started_s >= 0.5
