"""Whose request it is: what `Authentication` found out, for the handlers."""

from server.api.error_response import AnyRequest
from server.errors import Forbidden
from server.keys.account import Account
from server.keys.key import Key


def account_of(request: AnyRequest) -> Account:
    account: Account = request.user
    return account


def owner_of(request: AnyRequest) -> str:
    """Whose sessions a request is about. Without keys everything is one owner's, of no name."""
    return account_of(request).owner


def key_of(request: AnyRequest) -> Key | None:
    """None where the server has no keys, and on open paths."""
    return account_of(request).key


def require_operator(request: AnyRequest) -> None:
    """Raises `Forbidden` but for an operator's key, and on a server without keys that this machine alone can reach."""
    if not account_of(request).is_operator:
        raise Forbidden
