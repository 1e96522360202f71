"""The names and addresses that a server is reached by, as requests give them in `Host` and `Origin`."""

import re
from dataclasses import dataclass

from server.settings.hosts import is_listed, normalize_host, parse_address
from server.settings.settings import Settings

AUTHORITY = re.compile(r"(?P<host>\[[0-9a-f:.]+\]|[\w.-]+)(:(?P<port>\d*))?", re.ASCII | re.IGNORECASE)
"""A host with or without a port, as browsers write them: https://www.rfc-editor.org/rfc/rfc9110#section-7.2"""

ORIGIN = re.compile(r"(?P<scheme>https?)://(?P<authority>[^/]+)", re.IGNORECASE)

LOCAL_ORIGIN = (
    r"(https?://(localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(:[0-9]{1,5})?"
    r"|(app|file|tauri|vscode-file|vscode-webview)://[0-9A-Za-z_.-]*)"
)
"""The pattern of the origins of what runs on the own machine: its web servers, and applications with pages inside.

They are those that Ollama admits, and the loopback address of IPv6:
https://github.com/ollama/ollama/blob/main/envconfig/config.go. No page of the network has one of them.
"""

DEFAULT_PORTS = {"http": "80", "https": "443"}


@dataclass(frozen=True)
class Authority:
    """A host as `normalize_host` writes it, with a port where one was named."""

    host: str
    port: str


def parse_authority(text: str) -> Authority | None:
    """Read `host` or `host:port`; None for anything else."""
    found = AUTHORITY.fullmatch(text)
    return Authority(normalize_host(found["host"]), found["port"] or "") if found else None


def is_same_origin(origin: str, own: Authority) -> bool:
    """Whether `Origin` names the host and the port of `Host`. The scheme may differ: a proxy may have ended TLS."""
    found = ORIGIN.fullmatch(origin)
    theirs = parse_authority(found["authority"]) if found else None
    if found is None or theirs is None:
        return False
    default = DEFAULT_PORTS[found["scheme"].lower()]
    return theirs.host == own.host and (theirs.port or default) == (own.port or default)


@dataclass(frozen=True)
class OwnHosts:
    """The hosts that a server answers to: those of its own machine, and `names`.

    With `has_addresses` every IP address is one too. A browser that was sent to an address has asked for no name, so
    nobody can have pointed a name of theirs at this machine.
    """

    names: frozenset[str]
    has_addresses: bool

    @classmethod
    def of(cls, settings: Settings) -> "OwnHosts":
        names = (settings.host, *settings.allowed_host_names)
        return cls(frozenset(map(normalize_host, names)), settings.open_without_keys)

    def has(self, host: str) -> bool:
        """Whether a host, as `normalize_host` writes it, is one of them."""
        if is_listed(host, self.names):
            return True
        address = parse_address(host)
        if address is not None:
            return self.has_addresses or address.is_loopback
        return is_listed(host, ("localhost", "*.localhost"))
