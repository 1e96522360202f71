"""What a client is told whose path, or method, the server does not have: the route by its name, and what was meant."""

from difflib import get_close_matches
from typing import Any
from urllib.parse import quote

from litestar import Request
from litestar.datastructures import State

from server.api.dialects import find_dialect
from server.errors import MethodNotAllowed, RouteNotFound

MAX_COMPARED = 100
"""The longest path that is compared with those of the server."""

LEAST_LIKENESS = 0.85


def describe_unknown_route(request: Request[Any, Any, State]) -> RouteNotFound:
    """Return the error for a path that the server does not have."""
    path = request.url.path
    reason = next((why for start, why in find_dialect(path).absent.items() if _is_below(path, start)), None)
    nearest = None if reason else suggest_path(path, _list_paths(request))
    return RouteNotFound(request.method, quote(path), nearest, reason)


def describe_refused_method(request: Request[Any, Any, State], allow: str) -> MethodNotAllowed:
    """Return the error for a path that is there, but not with this method. `allow` are its methods, after commas."""
    methods = sorted({name.strip() for name in allow.split(",")} - {""})
    return MethodNotAllowed(request.method, quote(request.url.path), methods)


def suggest_path(path: str, known: list[str]) -> str | None:
    """Return the path that was most likely meant, None where that is not clear.

    A path may have a prefix twice (`/v1/v1/models`), a wrong one or none (`/chat/completions`), or a slip in it.
    """
    if len(path) > MAX_COMPARED:
        return None
    parts = path.strip("/").split("/")
    ends = ["/" + "/".join(parts[index:]) for index in range(1, len(parts))]
    shorter = next((end for end in ends if end in known and end != "/"), None)
    longer = [each for each in known if each.endswith("/" + "/".join(parts))] if parts != [""] else []
    close = get_close_matches(path, known, n=1, cutoff=LEAST_LIKENESS)
    return shorter or next(iter(longer if len(longer) == 1 else close), None)


def _list_paths(request: Request[Any, Any, State]) -> list[str]:
    """Return the paths that take this method and have no parameters."""
    app = request.scope.get("litestar_app")
    routes = () if app is None else app.routes
    return [
        route.path
        for route in routes
        if "{" not in route.path and request.method in getattr(route, "methods", ()) and route.path != request.url.path
    ]


def _is_below(path: str, start: str) -> bool:
    return path == start or path.startswith(f"{start}/")
