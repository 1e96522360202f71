"""How the pages and their files are sent: with a policy for browsers, compressed, and only where they changed."""

from collections.abc import Mapping

from litestar import Response
from litestar.datastructures import State
from litestar.exceptions import NotFoundException

from server.api.error_response import AnyRequest
from server.api.pages.assets import Asset, Assets

NO_ANCESTORS = "frame-ancestors 'none'"

POLICY = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob: data:",
    "media-src blob:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    NO_ANCESTORS,
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


def find_asset(state: State, path: str) -> Asset:
    """Return a file of the pages. Raises `NotFoundException`."""
    assets: Assets = state.assets
    asset = assets.find(path)
    if asset is None:
        raise NotFoundException
    return asset


def send_file(request: AnyRequest, asset: Asset, own: Mapping[str, str] | None = None) -> Response[bytes]:
    """Return the file, compressed if the client accepts that, or status 304 if the client has it already.

    `own` are headers in place of the usual ones.
    """
    headers = {**HEADERS, **(own or {}), "ETag": asset.etag}
    if asset.is_among(request.headers.get("if-none-match", "")):
        return Response(b"", status_code=304, headers=headers, media_type=asset.media_type)
    if asset.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(asset.packed, headers={**headers, "Content-Encoding": "gzip"}, media_type=asset.media_type)
    return Response(asset.body, headers=headers, media_type=asset.media_type)
