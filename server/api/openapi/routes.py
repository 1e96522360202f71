"""`/schema`: the OpenAPI document as a page and as JSON."""

from typing import Any

from litestar import MediaType, Request, Response, get
from litestar.datastructures import CacheControlHeader, State
from litestar.static_files import create_static_files_router

from server.api.openapi.document import build_document
from server.api.pages.assets import WEB

PAGE = WEB / "schema"
VENDOR = WEB / "vendor" / "swagger-ui"

PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}
"""The page loads nothing from other hosts. Inline styles are allowed because swagger-ui sets them."""


@get("/schema", media_type=MediaType.HTML, sync_to_thread=True)
def show_page() -> Response[bytes]:
    return Response((PAGE / "index.html").read_bytes(), media_type=MediaType.HTML, headers=PAGE_HEADERS)


@get("/schema/openapi.json", sync_to_thread=True)
def show_document(request: Request[Any, Any, State]) -> dict[str, Any]:
    return build_document(request.app)


STATIC_FILES = tuple(
    create_static_files_router(
        path=path, directories=[folder], name=path, cache_control=CacheControlHeader(no_cache=True)
    )
    for path, folder in (("/schema/page", PAGE), ("/schema/vendor", VENDOR))
)
"""The files of the page."""

ROUTES = (show_page, show_document, *STATIC_FILES)
