"""The port: bound and listening before anything that takes time, and never open to others without keys by mistake."""

import ipaddress
import logging
import socket
import sys
from pathlib import Path

from server.keys.keyfile import KEYS_FILE
from server.keys.keyring import API_KEYS
from server.process.errors import StartError
from server.settings.settings import Settings

logger = logging.getLogger("server")


def open_listener(settings: Settings, has_keys: bool) -> socket.socket:
    """Listen on the address of the settings: clients connect from now on, and wait for their answers.

    Raises `StartError` where the address cannot be used, or may not be without keys.
    """
    listener = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        _check_exposure(listener, settings, has_keys)
        listener.listen(socket.SOMAXCONN)
    except OSError as error:
        listener.close()
        raise StartError(f"{settings.host} port {settings.port} cannot be used: {error.strerror}") from error
    except StartError:
        listener.close()
        raise
    return listener


def _check_exposure(listener: socket.socket, settings: Settings, has_keys: bool) -> None:
    """Refuse an address that other machines reach where there are no keys; a host's name counts by its address."""
    address = ipaddress.ip_address(listener.getsockname()[0])
    mapped = getattr(address, "ipv4_mapped", None)
    if has_keys or (mapped or address).is_loopback:
        return
    if not settings.open_without_keys:
        raise StartError(
            f"{settings.host} can be reached by other machines, and there are no keys: make one with {sys.executable} "
            f"-m server.keys add ann --file {Path(settings.data) / KEYS_FILE}, or set {API_KEYS}, or pass "
            "--open-without-keys if everybody may use the server"
        )
    logger.warning("there are no keys, and everybody who reaches %s may use the server", settings.host)
