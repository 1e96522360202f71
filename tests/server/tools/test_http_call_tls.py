"""Calls over HTTPS: the certificate must be the name's, although the connection goes to an address."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from server.tools.declaration import HttpEndpoint
from server.tools.hosts import AllowedHosts
from server.tools.http_call import HttpCall, load_tls
from server.tools.http_request import Location
from server.tools.result import ToolResult
from tests.helpers.tls_server import serve_tls, write_certificate

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class LoopbackHosts(AllowedHosts):
    """Hosts that all lead to the own machine."""

    async def resolve(self, scheme: str, host: str, port: int) -> tuple[str, ...]:  # noqa: ARG002
        return ("127.0.0.1",)


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The certificate of `shop.test`, which is trusted."""
    file = write_certificate(tmp_path, "shop.test")
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    load_tls.cache_clear()
    yield file
    load_tls.cache_clear()


async def call(host: str, port: int) -> ToolResult:
    location = Location("https", host, port, "/orders", "")
    endpoint = HttpEndpoint(f"https://{host}:{port}/orders")
    return await HttpCall(endpoint, location, {}, LoopbackHosts(()), 100).call({}, 10, None)


async def test_a_trusted_name_is_called(certificate: Path) -> None:
    with serve_tls(certificate) as (port, names):
        assert await call("shop.test", port) == ToolResult("done", True)
    assert names == ["shop.test"]


async def test_another_name_is_not_sent_anything(certificate: Path) -> None:
    with serve_tls(certificate) as (port, _):
        result = await call("bank.test", port)
    assert (result.state, result.error) == ("failed", "the connection failed: ConnectError")


async def test_a_certificate_that_nobody_trusts_is_refused(certificate: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with serve_tls(write_certificate(tmp_path / "other", "shop.test")) as (port, _):
        assert (await call("shop.test", port)).state == "failed"
    assert certificate.exists()
