"""The headers of every answer that tell browsers to do no more with it than what it is for.

A route that needs others sets them itself, as the pages do.
"""

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
        added = [item for item in SECURITY_HEADERS.items() if item[0].lower() not in given]
        message["headers"] = [*message["headers"], *added]
