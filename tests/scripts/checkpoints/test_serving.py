"""A server that does not start, dies or answers wrongly is reported with its last lines, and never left running."""

import os
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.checkpoints.serving import TrialError, make_error, serve

PROGRAM = Callable[[str], None]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PROGRAM:
    """Let `python -m server` run a program of the test's, which is faster than the true one: the working folder's."""
    monkeypatch.chdir(tmp_path)

    def write(source: str) -> None:
        (tmp_path / "server.py").write_text(f"import os, sys, time\n{source}")

    return write


READY = "print('  model      x', flush=True); print('  address    http://127.0.0.1:9', flush=True); time.sleep(60)"


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_address_is_read_when_it_is_ready(program: PROGRAM, tmp_path: Path) -> None:
    program("time.sleep(0.3)\n" + READY)
    with serve(tmp_path / "checkpoint", (), 30) as served:
        assert served.address == "http://127.0.0.1:9"
        assert 0.3 <= served.ready_s < 30
        assert is_alive(served.process.pid)
    assert not is_alive(served.process.pid)


def test_the_flags_are_handed_on(program: PROGRAM, tmp_path: Path) -> None:
    program("print(sys.argv[1:])\n" + READY)
    with serve(tmp_path / "checkpoint", ("--dtype", "bfloat16"), 30) as served:
        shown = served.output.read_text()
    assert f"'--model', '{tmp_path / 'checkpoint'}'" in shown
    assert "'--dtype', 'bfloat16'" in shown
    assert "'--port', '0'" in shown


def test_the_data_is_of_this_run_alone(program: PROGRAM, tmp_path: Path) -> None:
    program("print('data=' + sys.argv[sys.argv.index('--data') + 1])\n" + READY)
    with serve(tmp_path, (), 30) as served:
        found = re.search(r"^data=(.+)$", served.output.read_text(), re.MULTILINE)
        assert found
        assert Path(found[1]).is_dir()
    assert not Path(found[1]).exists()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux says how much memory a process had")
def test_the_peak_of_its_memory_is_known(program: PROGRAM, tmp_path: Path) -> None:
    program("x = bytearray(200 * 2**20); del x\n" + READY)
    with serve(tmp_path, (), 30) as served:
        peak_gib = served.read_peak_gib()
        assert peak_gib is not None
        assert 0.19 < peak_gib < 0.4


def test_a_server_that_ends_is_reported_with_its_last_lines(program: PROGRAM, tmp_path: Path) -> None:
    program("[print('line', i) for i in range(40)]; print('the weights are damaged'); sys.exit(3)")
    with pytest.raises(TrialError) as failed, serve(tmp_path, (), 30):
        pass
    lines = str(failed.value).splitlines()
    assert lines[0] == "the server ended with status 3 before it was ready; its last lines are:"
    assert lines[-1] == "  the weights are damaged"
    assert "  line 39" in lines
    assert "  line 2" not in lines


def test_a_server_that_takes_too_long_is_stopped(program: PROGRAM, tmp_path: Path) -> None:
    program("open('pid', 'w').write(str(os.getpid())); print('loading', flush=True); time.sleep(60)")
    with pytest.raises(TrialError, match=r"was not ready after 1 s.*\n  loading"), serve(tmp_path, (), 1):
        pass
    assert not is_alive(int((tmp_path / "pid").read_text()))


def test_it_is_stopped_when_a_question_fails(program: PROGRAM, tmp_path: Path) -> None:
    program(READY)
    started_s = time.monotonic()
    with pytest.raises(TrialError), serve(tmp_path, (), 30) as served:
        raise served.make_error("nothing came")
    assert not is_alive(served.process.pid)
    assert time.monotonic() - started_s < 30


def test_bytes_that_are_no_text_do_not_hide_the_rest(tmp_path: Path) -> None:
    (tmp_path / "output").write_bytes(b"good\n\xff\xfe\nlast\n")
    assert str(make_error("it failed", tmp_path / "output")).endswith("  last")
