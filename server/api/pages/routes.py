"""The routes of the pages, of their files and of previews. The pages and the files need no key."""

from litestar import Response, get
from litestar.datastructures import State
from litestar.params import FromPath

from server.api.error_response import AnyRequest
from server.api.pages.config import show_config
from server.api.pages.preview import draw_preview
from server.api.pages.sending import find_asset, send_file
from server.api.pages.widget import send_widget_script, show_widget

PAGE_FILES = {
    "/": "index.html",
    "/playground": "playground.html",
    "/knowledge": "knowledge.html",
    "/desk": "desk.html",
    "/ops": "ops.html",
}
"""The files of the pages by their paths."""


@get(list(PAGE_FILES), sync_to_thread=False)
def show_page(request: AnyRequest, state: State) -> Response[bytes]:
    return send_file(request, find_asset(state, PAGE_FILES[request.url.path.rstrip("/") or "/"]))


@get("/web/{path:path}", sync_to_thread=False)
def send_asset(request: AnyRequest, state: State, path: FromPath[str]) -> Response[bytes]:
    return send_file(request, find_asset(state, path))


ROUTES = (show_page, send_asset, show_config, draw_preview, show_widget, send_widget_script)
