"""The server under attack: a demo server of its own on loopback, with temporary data."""

import hashlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil  # type: ignore[import-untyped]

START_TIMEOUT_S = 120
MB = 2**20
MAX_MB = 4000
"""A server that takes more memory is ended, so that the machine of the attacker lives on."""

KEYS: Mapping[str, str] = {
    "operator": 'role = "operator"',
    "ann": "max_streams = 1000",
    "bob": "max_streams = 1000",
    "limited": 'profile = "ecommerce"\nprofiles = ["ecommerce"]',
}
"""The keys of a server with keys, and what stands in the table of each. The secret is `sk-` and the name."""


class NotStarted(Exception):
    """The server did not start. The message is its output."""


@dataclass
class Target:
    """A running server. `checkout` is the folder that its code comes from."""

    checkout: Path
    folder: Path
    flags: tuple[str, ...]
    address: tuple[str, int] = ("127.0.0.1", 0)
    process: subprocess.Popen[bytes] = field(init=False)
    num_starts: int = 0

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> str:
        """What the server has written to its terminal and to its log file, since it was made."""
        files = (self.folder / "output", self.data / "server.log")
        return "".join(file.read_text(encoding="utf-8", errors="replace") for file in files if file.exists())

    @property
    def tree(self) -> psutil.Process:
        return psutil.Process(self.process.pid)

    def start(self) -> None:
        """Start the server, again on the same data after it has ended. Raises `NotStarted`."""
        self.num_starts += 1
        command = [sys.executable, "-m", "server", "--port", "0", "--data", str(self.data), *self.flags]
        with (self.folder / "output").open("a") as output:
            self.process = subprocess.Popen(
                command,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.checkout,
                env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(self.checkout)},
            )
        self.address = ("127.0.0.1", self._wait_for_port())

    def _wait_for_port(self) -> int:
        deadline = time.monotonic() + START_TIMEOUT_S
        output = self.folder / "output"
        while time.monotonic() < deadline and self.process.poll() is None:
            lines = [line for line in output.read_text().splitlines() if line.strip().startswith("address")]
            if len(lines) == self.num_starts:
                return int(lines[-1].rpartition(":")[2])
            time.sleep(0.05)
        raise NotStarted(output.read_text())

    def kill(self) -> None:
        """End the server and its workers at once."""
        children = []
        with suppress(psutil.NoSuchProcess):
            children = self.tree.children(recursive=True)
        self.process.kill()
        self.process.wait()
        for child in children:
            with suppress(psutil.NoSuchProcess):
                child.kill()

    def memory_mb(self) -> float:
        """Return the memory of the server and its workers in MB; what they share counts once (Linux's PSS)."""
        total = 0
        with suppress(psutil.NoSuchProcess):
            for process in (self.tree, *self.tree.children(recursive=True)):
                with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                    total += process.memory_full_info().pss
        return total / MB


@contextmanager
def run_target(checkout: Path, flags: Sequence[str] = (), has_keys: bool = False) -> Iterator[Target]:
    """Start a demo server, and end it at the end. Raises `NotStarted`."""
    with TemporaryDirectory() as folder:
        target = Target(checkout, Path(folder), ("--model", "demo", *flags))
        if has_keys:
            target.data.mkdir()
            (target.data / "keys.toml").write_text("\n".join(map(_write_key, KEYS)), encoding="utf-8")
        target.start()
        is_over = threading.Event()
        guard = threading.Thread(target=_guard_memory, args=(target, is_over))
        guard.start()
        try:
            yield target
        finally:
            is_over.set()
            guard.join()
            target.kill()


def _guard_memory(target: Target, is_over: threading.Event) -> None:
    while not is_over.wait(0.2):
        with suppress(psutil.NoSuchProcess):
            if target.tree.memory_info().rss > MAX_MB * MB:
                target.process.kill()


def get_secret(name: str) -> str:
    """Return the secret of the key of that name."""
    return f"sk-{name}"


def _write_key(name: str) -> str:
    digest = hashlib.sha256(get_secret(name).encode()).hexdigest()
    return f'[{name}]\nsha256 = "{digest}"\nowner = "{name}"\n{KEYS[name]}\n'
