"""The rules of HTTP that h11 does not enforce, or that are this server's own.

https://www.rfc-editor.org/rfc/rfc9112 and https://www.rfc-editor.org/rfc/rfc9110
"""

import re

import h11

from server.errors import MalformedRequest, ServerError

ABSOLUTE_FORM = re.compile(rb"https?://([^/?#]+)([^#]*)", re.IGNORECASE)
HOST = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]*)(:[0-9]*)?")
"""RFC 3986, section 3.2.2. IPv6 addresses are not looked at more closely."""

FOLDED_LINE = re.compile(rb"\n[ \t]")
METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"


class RequestRefused(h11.RemoteProtocolError):
    """A request that is answered without the application, with `error`, or with nothing but `Allow` where that is None.

    It is one of h11's errors because uvicorn looks for those.
    """

    def __init__(self, error: ServerError | None, request: h11.Request | None = None) -> None:
        super().__init__("the request is refused")
        self.error = error
        self.request = request


def check_request(request: h11.Request, head: bytes) -> h11.Request:
    """Return the request with its target in origin form. `head` is its text. Raises `RequestRefused`."""
    headers = dict(request.headers)
    if refusal := _find_fault(request, headers, head):
        raise RequestRefused(MalformedRequest(*refusal), request)
    if request.target == b"*" and request.method == b"OPTIONS":
        raise RequestRefused(None, request)
    if request.target.startswith(b"/"):
        return request
    absolute = ABSOLUTE_FORM.fullmatch(request.target)
    if absolute is None or not HOST.fullmatch(absolute[1]):
        raise RequestRefused(MalformedRequest(400, "请求目标无效", "its target is not a path"), request)
    return _use_authority(request, absolute[1], absolute[2])


def _find_fault(request: h11.Request, headers: dict[bytes, bytes], head: bytes) -> tuple[int, str, str] | None:
    """Return the status for a request, and why in Chinese and in English, None where it keeps to the rules."""
    if not request.http_version.startswith(b"1."):
        return 505, "不支持的 HTTP 版本", "only HTTP/1.1 and HTTP/1.0 are spoken"
    if FOLDED_LINE.search(head):
        return 400, "不支持折叠的请求头", "a line of its head is folded"
    if b"transfer-encoding" in headers and (b"content-length" in headers or request.http_version < b"1.1"):
        return 400, "Transfer-Encoding 与其他长度冲突", "its Transfer-Encoding contradicts its length or version"
    if not HOST.fullmatch(headers.get(b"host", b"")):
        return 400, "Host 无效", "its Host is not one"
    if headers.get(b"expect", b"100-continue").lower() != b"100-continue" and request.http_version >= b"1.1":
        return 417, "不支持的 Expect", "only 100-continue can be expected"
    if request.method == b"CONNECT":
        return 501, "不支持 CONNECT", "it is no proxy"
    return None


def _use_authority(request: h11.Request, authority: bytes, target: bytes) -> h11.Request:
    """Return the request for a path, of the host that its target names, which counts and not its header `Host`."""
    others = [(name, value) for name, value in request.headers if name != b"host"]
    return h11.Request(
        method=request.method,
        target=target if target.startswith(b"/") else b"/" + target,
        headers=[(b"host", authority), *others],
        http_version=request.http_version,
    )
