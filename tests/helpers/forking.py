"""Processes that run a program as `python -m` does, forked from one that has imported it: the seconds are saved."""

import importlib
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import chdir
from multiprocessing.connection import Connection
from pathlib import Path
from typing import IO

from tests.helpers.paths import ROOT

PRELOADED = "tests.helpers.preloaded"

FORKING = multiprocessing.get_context("forkserver")
FORKING.set_forkserver_preload([PRELOADED])
"""The fork server starts with the first fork, and ends with the process of the tests."""


class ForkedProcess:
    """A process with the methods of `subprocess.Popen`; `stdout` is what it writes to both of its streams."""

    def __init__(self, program: Sequence[str], *arguments: str) -> None:
        reader, writer = FORKING.Pipe(duplex=False)
        command = (*program, *arguments)
        self._process = FORKING.Process(target=run_program, args=(writer, command, str(Path.cwd()), dict(os.environ)))
        with reader, writer, chdir(ROOT):  # where the fork server finds the tests
            self._process.start()
            self.stdout: IO[str] | None = os.fdopen(os.dup(reader.fileno()), encoding="utf-8")
        assert self._process.pid is not None
        self.pid = self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
        return self.returncode

    def send_signal(self, sent: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, sent)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def run_program(output: Connection, command: Sequence[str], folder: str, environment: Mapping[str, str]) -> None:
    """Run in this process what `python -m` would run with `command`, its output streams sent to `output`."""
    if PRELOADED not in sys.modules:
        importlib.import_module(PRELOADED)  # raises what kept the fork server from it, which does not say so
        raise ImportError(f"{PRELOADED} was not imported before the fork")
    for stream in (sys.stdout, sys.stderr):
        os.dup2(output.fileno(), stream.fileno())
    output.close()
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = list(command)
    runpy.run_module(command[0], run_name="__main__", alter_sys=True)
