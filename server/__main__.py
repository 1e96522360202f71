"""`python -m server`: settings, log, port and database, and then `serve()`."""

import asyncio
import ipaddress
import logging
import os
import socket
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import NoReturn

from model.errors import LoadError
from server.environment import ENV_FILE, EnvFileError, read_env_file
from server.keys.errors import KeysError
from server.keys.keyfile import KEYS_FILE
from server.keys.keyring import API_KEYS, KeyRing, keys_of
from server.pipeline.build import PipelineError, open_files
from server.process.serve import serve
from server.settings.arguments import parse_settings
from server.settings.settings import Settings
from server.store.errors import DatabaseError
from server.store.store import Store, open_store
from server.telemetry.logging import open_log
from server.telemetry.tracing import opened_tracer

logger = logging.getLogger("server")


class StartError(Exception):
    """Why the server cannot start, in one sentence."""


def main() -> int:
    """The exit status: 0 after a signal, 1 where it cannot start or the engine has failed."""
    try:
        file = read_env_file(Path(ENV_FILE))
    except EnvFileError as error:
        print(f"cannot start: {error}", file=sys.stderr)
        return 2
    settings = parse_settings(file=file)
    try:
        start_log(settings)
        keys = open_keys(settings, {**file, **os.environ})
        files = open_files(settings)
        with (
            bind(settings, keys) as listener,
            asyncio.Runner() as runner,
            opened_store(settings, runner) as store,
            opened_tracer(settings.traces_endpoint) as tracer,
        ):
            return runner.run(serve(settings, listener, store, keys, files, tracer))
    except (StartError, PipelineError, LoadError) as error:
        print(f"cannot start: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # before `serve` took over the signals
        return 0


def start_log(settings: Settings) -> None:
    try:
        open_log(Path(settings.data), settings.log_format)
    except OSError as error:
        raise StartError(f"the data folder {settings.data} cannot be written: {error.strerror}") from error


def open_keys(settings: Settings, environment: Mapping[str, str] = os.environ) -> KeyRing | None:
    """None where there are none. A file without a key in it is not none: nobody gets in then."""
    try:
        given, path = keys_of(environment), settings.keys_place
        return KeyRing(given, path) if given or path is not None else None
    except KeysError as error:
        raise StartError(f"the keys cannot be read: {error}") from error


def bind(settings: Settings, keys: KeyRing | None) -> socket.socket:
    """Before the model is loaded: a busy port should not cost minutes."""
    listener = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise StartError(f"{settings.host} port {settings.port} cannot be used: {error.strerror}") from error
    try:
        check_exposure(listener, settings, keys)
    except StartError:
        listener.close()
        raise
    return listener


def check_exposure(listener: socket.socket, settings: Settings, keys: KeyRing | None) -> None:
    """By the address that a name stands for. Nothing listens there yet."""
    address = ipaddress.ip_address(listener.getsockname()[0])
    mapped = getattr(address, "ipv4_mapped", None)
    if keys is not None or (mapped or address).is_loopback:
        return
    if not settings.open_without_keys:
        raise StartError(
            f"{settings.host} can be reached by other machines, and there are no keys: make one with {sys.executable} "
            f"-m server.keys add ann --file {Path(settings.data) / KEYS_FILE}, or set {API_KEYS}, or pass "
            "--open-without-keys if everybody may use the server"
        )
    logger.warning("there are no keys, and everybody who reaches %s may use the server", settings.host)


@contextmanager
def opened_store(settings: Settings, runner: asyncio.Runner) -> Iterator[Store]:
    """Also before the model is loaded, and in the event loop that will serve."""
    stack = AsyncExitStack()
    try:
        store = runner.run(stack.enter_async_context(open_store(settings.sessions_place)))
    except DatabaseError as error:
        raise StartError(str(error)) from error
    try:
        yield store
    finally:
        runner.run(stack.aclose())


def leave(status: int) -> NoReturn:
    """At once where a thread is still in the model: it would bring down the interpreter while that ends."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    if any(thread.name in ("load", "device") for thread in threading.enumerate()):
        os._exit(status)
    sys.exit(status)


if __name__ == "__main__":
    leave(main())
