"""The bytes of responses that no application has made."""

import h11
import pytest

from server.api.security_headers import SECURITY_HEADERS
from server.errors import RequestTooSlow, TooManyConnections
from server.process.http_rules import RequestRefused
from server.process.refusal import write_refusal


def make_request(target: str, method: str = "GET", language: str = "") -> h11.Request:
    headers = [("Host", "localhost"), ("Accept-Language", language)]
    return h11.Request(method=method, target=target, headers=headers)


def read(response: bytes) -> tuple[int, dict[bytes, bytes], bytes]:
    """Return the status, the headers and the body, as a client reads them."""
    client = h11.Connection(h11.CLIENT)
    client.send(make_request("/"))
    client.send(h11.EndOfMessage())
    client.receive_data(response)
    head = client.next_event()
    assert isinstance(head, h11.Response)
    event, body = client.next_event(), b""
    while isinstance(event, h11.Data):
        body += event.data
        event = client.next_event()
    return head.status_code, dict(head.headers), body


def test_a_refusal_is_a_response_that_closes_the_connection() -> None:
    status, headers, body = read(write_refusal(RequestRefused(RequestTooSlow())))
    assert status == 408
    assert headers[b"connection"] == b"close"
    assert int(headers[b"content-length"]) == len(body)
    assert headers[b"content-type"] == b"application/problem+json"


def test_it_has_the_headers_of_every_answer() -> None:
    _, headers, _ = read(write_refusal(RequestRefused(RequestTooSlow())))
    assert {name: headers[name.lower()] for name in SECURITY_HEADERS} == SECURITY_HEADERS


@pytest.mark.parametrize(("target", "sign"), [("/v1/models", b'"type":"server_error"'), ("/health", b'"title":')])
def test_it_has_the_format_of_the_path(target: str, sign: bytes) -> None:
    status, headers, body = read(write_refusal(RequestRefused(TooManyConnections(), make_request(target))))
    assert status == 503
    assert headers[b"retry-after"]
    assert sign in body


def test_it_is_in_the_language_of_the_reader() -> None:
    refused = RequestRefused(TooManyConnections(), make_request("/health", language="zh-CN"))
    assert TooManyConnections().texts["zh"].encode() in read(write_refusal(refused))[2]


def test_head_gets_no_body() -> None:
    response = write_refusal(RequestRefused(TooManyConnections(), make_request("/health", "HEAD")))
    assert response.endswith(b"\r\n\r\n")
