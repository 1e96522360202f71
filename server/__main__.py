"""`python -m server`: reads the settings, opens the log, the keys and the port, and serves.

Only what is needed to refuse a wrong command line is imported at the top, so that it is refused at once.
"""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from server.environment import ENV_FILE, EnvFileError, read_env_file
from server.keys.errors import KeysError
from server.keys.keyring import KeyRing, read_environment_keys
from server.process.allocator import return_large_blocks
from server.process.errors import StartError
from server.settings.arguments import parse_settings
from server.settings.setting import NOTHING
from server.settings.settings import Settings


def main() -> int:
    """Return the exit status: 0 after a signal, 1 where it cannot start or the engine fails, 2 for wrong settings."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until `serve` acts on it: it must not end the start
    try:
        file = read_env_file(Path(ENV_FILE))
    except EnvFileError as error:
        print(f"cannot start: {error}", file=sys.stderr)
        return 2
    settings = parse_settings(file=file)
    try:
        return run(settings, {**file, **os.environ})
    except StartError as error:
        print(f"cannot start: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # before `serve` took over the signals
        return 0


def run(settings: Settings, environment: Mapping[str, str]) -> int:
    """Open the log, the keys and the port, and serve. Raises `StartError`."""
    return_large_blocks()
    open_log_file(settings)
    keys = open_keys(settings, environment)
    from server.process.listener import open_listener

    with open_listener(settings, has_keys=keys is not None) as listener:
        from server.process.serve import serve  # takes a second: the port is open by then

        return asyncio.run(serve(settings, listener, keys))


def open_log_file(settings: Settings) -> None:
    from server.telemetry.logging import open_log

    try:
        open_log(Path(settings.data), settings.log_format)
    except OSError as error:
        raise StartError(f"the data folder {settings.data} cannot be written: {error.strerror}") from error


def open_keys(settings: Settings, environment: Mapping[str, str] = os.environ) -> KeyRing | None:
    """Return the keys, None where there are none. A file without a key in it lets nobody in. Raises `StartError`."""
    try:
        given, path = read_environment_keys(environment), settings.keys_place
        keys = KeyRing(given, path) if given or path is not None else None
    except KeysError as error:
        raise StartError(f"the keys cannot be read: {error}") from error
    check_visitors_key(settings, keys)
    return keys


def check_visitors_key(settings: Settings, keys: KeyRing | None) -> None:
    """Raise `StartError` where visitors without a token shall belong to a key that there is not."""
    name = settings.anonymous_customers
    if keys is None or name == NOTHING or keys.find_named(name) is not None:
        return
    known = ", ".join(sorted(key.name for key in keys.keys)) or "none at all"
    raise StartError(f"the setting anonymous_customers names the key {name!r}, and there is no such key, only {known}")


def leave(status: int) -> NoReturn:
    """End the process at once.

    The interpreter would take torch apart for seconds, and crash where a thread is still in the model.
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    leave(main())
