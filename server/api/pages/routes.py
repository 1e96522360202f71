"""The routes of the pages, of their files and of previews. The pages and the files need no key."""

from litestar import Response, get
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from server.api.error_response import AnyRequest
from server.api.pages.assets import Asset, Assets
from server.api.pages.config import show_config
from server.api.pages.preview import draw_preview

PAGE_FILES = {"/": "index.html", "/playground": "playground.html", "/knowledge": "knowledge.html", "/ops": "ops.html"}
"""The files of the pages by their paths."""

POLICY = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob: data:",
    "media-src blob:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types dompurify",
)
"""https://www.w3.org/TR/CSP3/: nothing from other hosts, nothing inline, and HTML only through DOMPurify."""

HEADERS = {
    "Content-Security-Policy": "; ".join(POLICY),
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-cache",
    "Vary": "Accept-Encoding",
}
"""Browsers keep the files but ask each time whether they changed (`no-cache`): a new version is used at once."""


@get(list(PAGE_FILES), sync_to_thread=False)
def show_page(request: AnyRequest, state: State) -> Response[bytes]:
    return _respond(request, _find_asset(state, PAGE_FILES[request.url.path.rstrip("/") or "/"]))


@get("/web/{path:path}", sync_to_thread=False)
def send_asset(request: AnyRequest, state: State, path: FromPath[str]) -> Response[bytes]:
    return _respond(request, _find_asset(state, path))


ROUTES = (show_page, send_asset, show_config, draw_preview)


def _find_asset(state: State, path: str) -> Asset:
    """Return a file of the pages. Raises `NotFoundException`."""
    assets: Assets = state.assets
    asset = assets.find(path)
    if asset is None:
        raise NotFoundException
    return asset


def _respond(request: AnyRequest, asset: Asset) -> Response[bytes]:
    """Return the file, compressed if the client accepts that, or status 304 if the client has it already."""
    headers = {**HEADERS, "ETag": asset.etag}
    if asset.is_among(request.headers.get("if-none-match", "")):
        return Response(b"", status_code=304, headers=headers, media_type=asset.media_type)
    if asset.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(asset.packed, headers={**headers, "Content-Encoding": "gzip"}, media_type=asset.media_type)
    return Response(asset.body, headers=headers, media_type=asset.media_type)
