"""What browsers may send to a server without keys, where any page that is open in one could ask in its user's place.

Three things keep other pages out (https://fetch.spec.whatwg.org, https://www.w3.org/TR/fetch-metadata/):
- `Host` must be one of the server's: a page whose own name was pointed at this machine (DNS rebinding) sends that name.
- `Origin` and `Sec-Fetch-Site` must not be those of other pages. Only links to the server's pages may come from them,
  and what shows the chat window in them, whose own policy says which pages may.
  Pages that another program of the own machine shows are no others (`hosts.py`): they do what that program could do.
- A body must be JSON, or a file where those are taken: the types of forms are those that browsers send to other
  origins without asking, but never without an `Origin`.
Other programs send neither `Origin` nor `Sec-Fetch-Site`. With keys there is nothing to guard: browsers add none by
themselves.
"""

import re
from typing import cast

from litestar.config.cors import CORSConfig
from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from server.api.hosts import Authority, OwnHosts, is_same_origin, parse_authority
from server.api.pages.routes import PAGE_FILES
from server.api.pages.widget import WIDGET_PATHS
from server.errors import BodyTypeRefused, HostRefused, OriginRefused

PAGES = (*PAGE_FILES, "/schema")
ANY_ORIGIN = "*"
BODILESS = ("GET", "HEAD", "OPTIONS")
FORM = "application/x-www-form-urlencoded"
"""What `curl -d` and Python's `urlopen` call any body. Browsers send an `Origin` with it, by which they are known."""

UPLOADS = re.compile(r"/documents/?|/collections/[^/]+/documents/?")
"""The paths that take files as forms send them."""

FILES_TYPE = re.compile(r"\s*multipart/form-data\s*(;|$)", re.ASCII | re.IGNORECASE)
JSON_TYPE = re.compile(r"application/([\w.-]+\+)?json\s*(;.*)?", re.ASCII | re.IGNORECASE)


class BrowserGuard(ASGIMiddleware):
    """The middleware that refuses what pages of other origins make a browser send.

    Raises `HostRefused`, `OriginRefused`, `BodyTypeRefused`.
    """

    scopes = (ScopeType.HTTP,)

    def __init__(self, hosts: OwnHosts, cors: CORSConfig | None) -> None:
        """`cors` has the origins whose pages may use the server."""
        self._hosts = hosts
        self._cors = cors

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        asked, headers = cast(HTTPScope, scope), Headers.from_scope(scope)
        host = self._check_host(headers.getall("host", []))
        if not (_is_link(asked, headers) or _is_for_widget(asked)):
            self._check_origin(headers, host)
        if asked["method"] not in BODILESS:
            _check_type(headers, asked["path"])
        await next_app(scope, receive, send)

    def _check_host(self, given: list[str]) -> Authority | None:
        """Return the host, None for a client of HTTP/1.0 that names none, as browsers never do."""
        if not given:
            return None
        host = parse_authority(given[0]) if len(given) == 1 else None
        if host is None or not self._hosts.has(host.host):
            raise HostRefused(", ".join(given))
        return host

    def _check_origin(self, headers: Headers, host: Authority | None) -> None:
        origins = headers.getall("origin", [])
        for origin in origins:
            if not (self._has(origin) or (host is not None and is_same_origin(origin, host))):
                raise OriginRefused(origin)
        is_foreign = any(site not in ("same-origin", "none") for site in headers.getall("sec-fetch-site", []))
        if is_foreign and not origins and not self._has(ANY_ORIGIN):
            raise OriginRefused("")

    def _has(self, origin: str) -> bool:
        return self._cors is not None and self._cors.is_origin_allowed(origin)


def _is_link(asked: HTTPScope, headers: Headers) -> bool:
    """Whether somebody follows a link to a page, which shows it to them and to nobody else."""
    is_page = (asked["path"].rstrip("/") or "/") in PAGES and asked["method"] == "GET"
    is_top = headers.get("sec-fetch-dest", "document") == "document"
    return is_page and is_top and headers.get("sec-fetch-mode") == "navigate" and "origin" not in headers


def _is_for_widget(asked: HTTPScope) -> bool:
    """Whether a page of a shop loads the chat window. What that asks for then comes from the server's own origin."""
    return asked["path"] in WIDGET_PATHS and asked["method"] in ("GET", "HEAD")


def _check_type(headers: Headers, path: str) -> None:
    """A body without a type is read as JSON: browsers send one only with an `Origin`, and so they do with files."""
    is_browser = "origin" in headers or any(name.startswith("sec-fetch-") for name in headers)
    for media_type in headers.getall("content-type", []):
        is_json = JSON_TYPE.fullmatch(media_type.strip()) or (media_type.lower() == FORM and not is_browser)
        is_taken = is_json or (UPLOADS.fullmatch(path) and FILES_TYPE.match(media_type))
        if media_type and not is_taken:
            raise BodyTypeRefused(media_type)
