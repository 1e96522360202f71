"""What a request must look like, beyond what h11 demands."""

import h11
import pytest

from server.process.http_rules import RequestRefused, check_request


def request_of(
    target: bytes, *headers: tuple[bytes, bytes], method: bytes = b"GET", version: bytes = b"1.1"
) -> h11.Request:
    return h11.Request(method=method, target=target, headers=[(b"Host", b"x"), *headers], http_version=version)


def status_of(request: h11.Request, head: bytes = b"") -> int:
    with pytest.raises(RequestRefused) as refused:
        check_request(request, head)
    assert refused.value.error is not None
    assert set(refused.value.error.texts) == {"zh", "en"}
    return refused.value.error.status


@pytest.mark.parametrize("target", [b"/", b"/a?b=c", b"//a", b"/*", b"/%00", b"/http://x"])
def test_a_path_is_left_as_it_is(target: bytes) -> None:
    request = request_of(target)
    assert check_request(request, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n") is request


@pytest.mark.parametrize(
    ("target", "path", "host"),
    [
        (b"http://shop.example:8000/a/b?c=d", b"/a/b?c=d", b"shop.example:8000"),
        (b"HTTPS://[::1]", b"/", b"[::1]"),
        (b"http://y?c", b"/?c", b"y"),
    ],
)
def test_an_absolute_target_names_the_host_too(target: bytes, path: bytes, host: bytes) -> None:
    request = check_request(request_of(target, (b"A", b"b")), b"")
    assert (request.target, dict(request.headers)) == (path, {b"host": host, b"a": b"b"})


@pytest.mark.parametrize(
    "target", [b"a", b"*", b"ftp://x/", b"http:///a", b"http://a b/".replace(b" ", b"<"), b"http://u@x/", b"x:443"]
)
def test_no_other_target_is_served(target: bytes) -> None:
    assert status_of(request_of(target)) == 400


def test_options_of_everything_needs_no_application() -> None:
    with pytest.raises(RequestRefused) as refused:
        check_request(request_of(b"*", method=b"OPTIONS"), b"")
    assert refused.value.error is None


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (request_of(b"x:443", method=b"CONNECT"), 501),
        (request_of(b"/", version=b"2.0"), 505),
        (request_of(b"/", (b"Expect", b"a miracle")), 417),
        (request_of(b"/", (b"Transfer-Encoding", b"chunked"), (b"Content-Length", b"3")), 400),
        (request_of(b"/", (b"Transfer-Encoding", b"chunked"), version=b"1.0"), 400),
    ],
)
def test_what_is_not_spoken_is_refused(request_: h11.Request, status: int) -> None:
    assert status_of(request_) == status


def test_what_may_be_expected() -> None:
    for value, version in ((b"100-continue", b"1.1"), (b"100-Continue", b"1.1"), (b"a miracle", b"1.0")):
        request = request_of(b"/", (b"Expect", value), version=version)
        assert check_request(request, b"") is request


@pytest.mark.parametrize("host", [b"", b"x", b"x:80", b"a_b.example", b"127.0.0.1:1", b"[::1]:1", b"%E4"])
def test_a_host_may_be_many_things(host: bytes) -> None:
    request = h11.Request(method=b"GET", target=b"/", headers=[(b"Host", host)])
    assert check_request(request, b"") is request


@pytest.mark.parametrize("host", [b"[::1", b"a]", b"a b", b"a/b", b"a@b", b"x:y", "ä".encode(), b'"'])
def test_a_host_may_not_be_everything(host: bytes) -> None:
    assert status_of(h11.Request(method=b"GET", target=b"/", headers=[(b"Host", host)])) == 400


@pytest.mark.parametrize("head", [b"GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", b"GET / HTTP/1.1\nA: b\n\tc\n\n"])
def test_a_folded_line_is_refused(head: bytes) -> None:
    assert status_of(request_of(b"/"), head) == 400
