"""The pages, and the files that they are made of: `/` and `/web/...`. They need no key; what they ask for does."""

from litestar import Response, get
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from server.api.error_response import AnyRequest
from server.api.pages.assets import Asset, Assets
from server.api.pages.config import show_config

PAGE_FILES = {"/": "index.html", "/playground": "playground.html", "/ops": "ops.html"}
"""Of the pages, by their paths."""

POLICY = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob: data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types dompurify",
)
"""https://www.w3.org/TR/CSP3/: no other host, nothing inline, and no HTML but through the library that cleans it."""

HEADERS = {
    "Content-Security-Policy": "; ".join(POLICY),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",
    "Vary": "Accept-Encoding",
}
"""Files are kept by browsers, but asked for each time: most answers are 304, and a new version is never missed."""


@get(list(PAGE_FILES), sync_to_thread=False)
def show_page(request: AnyRequest, state: State) -> Response[bytes]:
    return _sent(request, _found(state, PAGE_FILES[request.url.path.rstrip("/") or "/"]))


@get("/web/{path:path}", sync_to_thread=False)
def send_asset(request: AnyRequest, state: State, path: FromPath[str]) -> Response[bytes]:
    return _sent(request, _found(state, path))


ROUTES = (show_page, send_asset, show_config)


def _found(state: State, path: str) -> Asset:
    assets: Assets = state.assets
    found = assets.find(path)
    if found is None:
        raise NotFoundException
    return found


def _sent(request: AnyRequest, asset: Asset) -> Response[bytes]:
    headers = {**HEADERS, "ETag": asset.etag}
    if asset.is_among(request.headers.get("if-none-match", "")):
        return Response(b"", status_code=304, headers=headers, media_type=asset.media_type)
    if asset.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(asset.packed, headers={**headers, "Content-Encoding": "gzip"}, media_type=asset.media_type)
    return Response(asset.body, headers=headers, media_type=asset.media_type)
