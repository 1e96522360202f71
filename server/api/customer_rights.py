"""What is open to a customer's token. Every route that is not listed here is refused."""

from collections.abc import Mapping

from server.errors import CustomerForbidden

RIGHTS: Mapping[str, tuple[str, ...]] = {
    "/chat": ("POST",),
    "/sessions": ("GET", "POST", "PATCH", "DELETE"),
    "/documents": ("GET", "POST", "DELETE"),
    "/tables": ("GET", "POST"),
    "/actions": ("GET", "POST"),
    "/customers/me": ("GET",),
    "/pictures/preview": ("POST",),
}
"""Methods by path, which stand for the paths below it as well. What is there is the customer's own by its owner."""


def is_open_to_customers(method: str, path: str) -> bool:
    """Whether a customer may use a route, by the path as it is declared, such as `/sessions/{session_id}`."""
    asked = "GET" if method == "HEAD" else method
    return any(asked in methods and _is_within(path, top) for top, methods in RIGHTS.items())


def require_right(method: str, path: str) -> None:
    """Raise `CustomerForbidden` unless a customer may use the route."""
    if not is_open_to_customers(method, path):
        raise CustomerForbidden.for_route()


def _is_within(path: str, top: str) -> bool:
    return path == top or path.startswith(f"{top}/")
