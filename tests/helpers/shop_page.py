"""A page of a shop on another origin, with the script tag of the chat window and a back end that makes tokens."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.helpers.customers import SHOP_SECRET, make_token

CALLBACK = 'data-token-callback="getShopToken"'

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Shop</title><meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="/shop.css"><script src="/shop.js"></script>
<script src="{server}/widget.js" {attributes} defer></script></head>
<body><main><h1>A shop</h1><button id="buy">Buy</button></main></body></html>"""

STYLES = """div, section, iframe { display: none; } svg { visibility: hidden; } #buy { color: rgb(1, 2, 3); }
button { width: 300px; height: 9px; border-radius: 0; font-size: 40px; }"""
"""They would hide a chat window that took on the page's styles."""

SCRIPT = """async function getShopToken() {
    const response = await fetch("/token" + location.search);
    return response.ok ? response.text() : null;
}
addEventListener("securitypolicyviolation", (event) => console.error(`Violation: ${event.violatedDirective}`));
"""
POLICY = "default-src 'none'; script-src 'self' {server}; frame-src {server}; style-src 'self'; connect-src 'self'"
"""What a shop with a strict policy has to allow, beside what it needs itself."""


class ShopPage:
    """The page: `attributes` are those of the script tag, `?customer=42` in its address is who is signed in.

    `server` is the address of the server, `lifetime_s` how long tokens are valid, and `secret` what they are signed
    with. `num_tokens` counts those that were made.
    """

    def __init__(self, port: int) -> None:
        self.origin = f"http://localhost:{port}"
        self.server = ""
        self.attributes = f'{CALLBACK} data-language="en"'
        self.lifetime_s = 600.0
        self.secret = SHOP_SECRET
        self.num_tokens = 0

    def answer(self, address: str) -> tuple[int, str, str]:
        """Return the status, the type and the content of an address."""
        place = urlsplit(address)
        files = {"/": ("text/html", self._write_page()), "/shop.css": ("text/css", STYLES)}
        files["/shop.js"] = ("text/javascript", SCRIPT)
        if place.path == "/token":
            return self._answer_with_token(parse_qs(place.query).get("customer", [""])[0])
        return (200, *files[place.path]) if place.path in files else (204, "text/plain", "")

    @property
    def policy(self) -> str:
        return POLICY.format(server=self.server)

    def _write_page(self) -> str:
        return PAGE.format(server=self.server, attributes=self.attributes)

    def _answer_with_token(self, customer: str) -> tuple[int, str, str]:
        if not customer:
            return 401, "text/plain", ""
        self.num_tokens += 1
        return 200, "text/plain", make_token(customer, self.secret, exp=time.time() + self.lifetime_s)


@contextmanager
def serve_shop_page() -> Iterator[ShopPage]:
    """Serve a page by the name `localhost`, which is another site than an address of a server."""
    pages: list[ShopPage] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, media_type, content = pages[0].answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", f"{media_type}; charset=utf-8")
            self.send_header("Content-Security-Policy", pages[0].policy)
            self.end_headers()
            self.wfile.write(content.encode())

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    pages.append(ShopPage(server.server_port))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield pages[0]
    finally:
        server.shutdown()
        server.server_close()
