"""A forked program is as one that was started: `python -m timeit` runs the code it is given."""

import signal
import subprocess
from pathlib import Path

import pytest

from tests.helpers.forking import ForkedProcess
from tests.helpers.processes import run_program


def run_code(code: str) -> tuple[int, str]:
    return run_program("-n", "1", "-r", "1", code, program=("timeit",))


def test_arguments_folder_and_environment_are_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SHOWN", "for all to see")
    code = "import os, sys; print(len(sys.argv), os.getcwd(), os.environ['SHOWN'])"
    assert run_code(code)[1].startswith(f"6 {tmp_path} for all to see\n")


def test_it_starts_with_one_thread_and_the_server_imported() -> None:
    is_alone = "os.listdir('/proc/self/task') == [str(os.getpid())]"
    code = f"import os, sys, torch; print({is_alone}, 'server.app' in sys.modules, torch.get_num_threads())"
    assert run_code(code)[1].startswith("True True 1\n")


def test_both_streams_are_read() -> None:
    status, output = run_code("import sys; print('out', flush=True); print('err', file=sys.stderr, flush=True)")
    assert status == 0
    assert output.startswith("out\nerr\n")


@pytest.mark.parametrize("status", [0, 1, 7])
def test_the_exit_status_is_known(status: int) -> None:
    assert run_code(f"import os; os._exit({status})") == (status, "")


def test_an_exit_of_the_program_gives_its_status() -> None:
    status, output = run_program("--no-such-option")
    assert status == 2
    assert "unrecognized arguments: --no-such-option" in output


@pytest.mark.parametrize(
    ("sent", "status"), [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 1)]
)
def test_a_signal_ends_it(sent: signal.Signals, status: int) -> None:
    """An interrupt is an exception within the program, as it is of one that was started.

    The program sleeps in short naps: a signal just before a nap is only seen after it.
    """
    lines = ("import time; print('running', flush=True)", "for _ in range(6000): time.sleep(0.1)")
    process = ForkedProcess(("timeit", *lines))
    assert process.stdout is not None
    with process.stdout as output:
        assert output.readline() == "running\n"
        assert process.poll() is None
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=0.01)
        process.send_signal(sent)
        assert process.wait(timeout=60) == status
        assert ("KeyboardInterrupt" in output.read()) == (sent == signal.SIGINT)
        process.kill()  # after the end it does nothing
