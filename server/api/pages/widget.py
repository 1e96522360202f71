"""The chat window in pages of shops: they load `/widget.js`, and show `/widget` in a frame."""

from litestar import Response, get
from litestar.datastructures import State

from server.api.error_response import AnyRequest
from server.api.pages.sending import NO_ANCESTORS, POLICY, find_asset, send_file
from server.errors import WidgetOff

WIDGET_PATHS = ("/widget", "/widget.js")
"""They need no key, and pages of other origins may load them: they hold nothing that is not public."""


@get("/widget", sync_to_thread=False)
def show_widget(request: AnyRequest, state: State) -> Response[bytes]:
    """Return the page of the frame. Raises `WidgetOff`."""
    policy = write_policy(_find_origins(state))
    return send_file(request, find_asset(state, "widget.html"), {"Content-Security-Policy": policy})


@get("/widget.js", sync_to_thread=False)
def send_widget_script(request: AnyRequest, state: State) -> Response[bytes]:
    """Return the script for pages of shops. Raises `WidgetOff`."""
    _find_origins(state)
    return send_file(request, find_asset(state, "widget/embed.js"), {"Cross-Origin-Resource-Policy": "cross-origin"})


def write_policy(origins: tuple[str, ...]) -> str:
    """Return the policy of all pages, but for those that may frame this one."""
    ancestors = f"frame-ancestors {' '.join(origins)}"
    return "; ".join(ancestors if part == NO_ANCESTORS else part for part in POLICY)


def _find_origins(state: State) -> tuple[str, ...]:
    """Return the origins whose pages may show the window. Raises `WidgetOff` where there are none."""
    origins: tuple[str, ...] = state.pages_config.widget_origins
    if not origins:
        raise WidgetOff
    return origins
