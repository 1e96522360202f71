"""`python -m server`: settings, log, model, and then uvicorn."""

import asyncio
import ipaddress
import logging
import logging.handlers
import os
import signal
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

import uvicorn

from model.chat import ModelInfo
from model.engine.build import EngineOptions
from model.errors import LoadError
from model.loading import load
from server.access_log import access_log
from server.app import create_app
from server.engine import AsyncEngine, RequestLimits
from server.keys.errors import KeysError
from server.keys.keyring import API_KEYS, KeyRing, keys_of
from server.settings import Settings, parse_settings
from server.store.errors import DatabaseError
from server.store.store import Store, open_store

LOG_BYTES = 10 * 2**20
LOG_FILES = 5

logger = logging.getLogger("server")


class StartError(Exception):
    """Why the server cannot start, in one sentence."""


def main() -> int:
    settings = parse_settings()
    try:
        open_log(settings)
        keys = open_keys(settings)
        with bind(settings, keys) as listener, asyncio.Runner() as runner, opened_store(settings, runner) as store:
            serve(settings, listener, runner, store, keys)
    except (StartError, LoadError) as error:
        print(f"cannot start: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # while the model was loaded
        pass
    return 0


def open_log(settings: Settings) -> None:
    """To the terminal and to `server.log` in the data folder."""
    try:
        folder = Path(settings.data)
        folder.mkdir(parents=True, exist_ok=True)
        file = logging.handlers.RotatingFileHandler(
            folder / "server.log", maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8"
        )
    except OSError as error:
        raise StartError(f"the data folder {settings.data} cannot be written: {error.strerror}") from error
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        handlers=[logging.StreamHandler(), file],
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)  # transformers asks the Hub through it, a line a file
    logging.getLogger("alembic").setLevel(logging.WARNING)  # what it always says of the database says little


def open_keys(settings: Settings, environment: Mapping[str, str] = os.environ) -> KeyRing | None:
    """None where there are none. A file without a key in it is not none: nobody gets in then."""
    try:
        given, path = keys_of(environment), settings.keys_place
        return KeyRing(given, path) if given or path is not None else None
    except KeysError as error:
        raise StartError(f"the keys cannot be read: {error}") from error


def bind(settings: Settings, keys: KeyRing | None) -> socket.socket:
    """Before the model is loaded: a busy port should not cost minutes. uvicorn listens on it when all is ready."""
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
            f"{settings.host} can be reached by other machines, and there are no keys: make one with "
            f"make key NAME=ann, or set {API_KEYS}, or pass --open-without-keys if everybody may use the server"
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


class Server(uvicorn.Server):
    """Ends when it is told to, so that the store is closed after it; uvicorn's own dies of the signal in the end."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.handle_exit)
        yield


def serve(
    settings: Settings, listener: socket.socket, runner: asyncio.Runner, store: Store, keys: KeyRing | None
) -> None:
    print(f"loading {settings.model}", flush=True)
    model = load(
        settings.model,
        dtype=settings.dtype,
        quantization=settings.quantization,
        device=settings.device,
        attention=settings.attention,
        engine=engine_options(settings),
    )
    port = listener.getsockname()[1]
    print(banner(model.info, settings, port, store.database.where), flush=True)
    options = {"max_new_tokens": settings.max_new_tokens, "max_inp_length": settings.max_inp_length}
    limits = RequestLimits(settings.max_requests, settings.max_request_s)
    app = access_log(create_app(settings, AsyncEngine(model, options, limits), store, keys))
    # the access log is the application's own; uvicorn's lines of its own life say little
    config = uvicorn.Config(app, log_config=None, log_level="warning", access_log=False)
    runner.run(Server(config).serve([listener]))


def engine_options(settings: Settings) -> EngineOptions:
    return EngineOptions(
        max_num_seqs=settings.max_num_seqs,
        max_num_batched_tokens=settings.max_num_batched_tokens or None,
        kv_cache_bytes=settings.kv_cache_bytes or None,
        kv_cache_fraction=settings.kv_cache_percent / 100,
        image_cache_bytes=settings.image_cache_bytes,
        stops_cycles=settings.repetition_guard,
        is_eager=settings.eager,
    )


def banner(info: ModelInfo, settings: Settings, port: int, sessions: str) -> str:
    """What is served, where and how, in plain words."""
    weights = "" if info.quantization == "none" else f", weights in {info.quantization}"
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    lines = [
        "",
        f"  model      {info.source}",
        f"  device     {info.device}, {info.dtype}{weights}",
        f"  attention  {info.attention}; {info.decoding}",
        f"  KV cache   {info.kv_cache_tokens:,} tokens",
        f"  data       {Path(settings.data).resolve()}",
        f"  sessions   {sessions}",
        f"  address    http://{host}:{port}",
        "",
    ]
    if info.is_demo:
        lines += [
            "  The demo knows drawn product cards only: their kind, colour, pattern and price, one or two at a time.",
            "  The real model: make serve MODEL=openbmb/MiniCPM-V-2_6   (QUANT=int4 for 4 bits)",
            "",
        ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
