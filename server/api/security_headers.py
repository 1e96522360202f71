"""The headers of every answer that tell browsers to do no more with it than what it is for.

A route that needs others sets them itself, as the pages do.
"""

from collections.abc import Iterable

from litestar.types import Message, Scope

SECURITY_HEADERS = {
    b"Content-Security-Policy": b"default-src 'none'; frame-ancestors 'none'",
    b"X-Content-Type-Options": b"nosniff",
    b"X-Frame-Options": b"DENY",
    b"Referrer-Policy": b"no-referrer",
    b"Cross-Origin-Opener-Policy": b"same-origin",
    b"Cross-Origin-Resource-Policy": b"same-origin",
    b"Cache-Control": b"no-store",
}
"""`Cross-Origin-Resource-Policy` concerns pages that embed an answer; those that read it need `Access-Control-...`."""


async def add_security_headers(message: Message, _: Scope) -> None:
    """Add the headers that an answer does not have yet. It is called for what routes send, and for errors."""
    if message["type"] == "http.response.start":
        given = {name.lower() for name, _ in message["headers"]}
        kept = given | {b"x-frame-options"} if _may_be_framed(message["headers"]) else given
        added = [item for item in SECURITY_HEADERS.items() if item[0].lower() not in kept]
        message["headers"] = [*message["headers"], *added]


def _may_be_framed(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether an answer's own policy lets pages frame it, which `X-Frame-Options` cannot name one by one."""
    policies = [value for name, value in headers if name.lower() == b"content-security-policy"]
    return any(b"frame-ancestors" in policy and b"frame-ancestors 'none'" not in policy for policy in policies)
