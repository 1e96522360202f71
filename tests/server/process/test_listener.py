"""Which addresses are opened, and which are refused without keys."""

import socket
import sys
from typing import Any

import pytest

from server.process import listener as listener_module
from server.process.errors import StartError
from server.process.listener import open_listener
from server.settings.settings import Settings

EXPOSED = (
    f"can be reached by other machines, and there are no keys: make one with {sys.executable} -m server.keys add ann "
    "--file {file}, or set MINICPMV_API_KEYS, or pass --open-without-keys if everybody may use the server"
)


class FakeListener:
    """Also on addresses that this machine may lack."""

    def __init__(self, address: str) -> None:
        self.address = address

    def getsockname(self) -> tuple[str, int]:
        return self.address, 8000


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "::ffff:192.0.2.1", "2001:db8::1"])
def test_without_keys_other_machines_are_kept_out(host: str) -> None:
    listener: Any = FakeListener(host)
    with pytest.raises(StartError) as refused:
        listener_module._check_exposure(listener, Settings(host=host), has_keys=False)
    assert str(refused.value) == f"{host} {EXPOSED.format(file='data/keys.toml')}"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_loopback_has_several_addresses(host: str) -> None:
    listener: Any = FakeListener(host)
    listener_module._check_exposure(listener, Settings(host=host), has_keys=False)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost"])
def test_this_machine_alone_needs_no_keys(host: str, caplog: pytest.LogCaptureFixture) -> None:
    with open_listener(Settings(host=host, port=0), has_keys=False) as listener:
        assert caplog.text == ""
        with socket.create_connection(listener.getsockname()[:2], timeout=60) as client:
            assert client.getpeername()[1] == listener.getsockname()[1]


def test_with_keys_or_on_demand_others_are_let_in(caplog: pytest.LogCaptureFixture) -> None:
    with open_listener(Settings(host="0.0.0.0", port=0), has_keys=True):
        assert caplog.text == ""
    with open_listener(Settings(host="0.0.0.0", port=0, open_without_keys=True), has_keys=False):
        assert "everybody who reaches 0.0.0.0 may use the server" in caplog.text
