"""The account of a request, which `Authentication` has put there."""

from server.api.error_response import AnyRequest
from server.errors import CustomerForbidden, Forbidden
from server.keys.account import Account
from server.keys.key import Key


def find_account(request: AnyRequest) -> Account:
    """Return the account that the request is made on."""
    account: Account = request.user
    return account


def find_owner(request: AnyRequest) -> str:
    """Return the name of the owner whose sessions the request sees. It is empty where the server has no keys."""
    return find_account(request).owner


def find_key(request: AnyRequest) -> Key | None:
    """Return the key of the request, None where the server has no keys and on open paths."""
    return find_account(request).key


def require_operator(request: AnyRequest) -> None:
    """Raise `Forbidden` unless the account is an operator's.

    That is one with an operator's key, or anyone where a server without keys is reached from its own machine alone.
    """
    if not find_account(request).is_operator:
        raise Forbidden


def refuse_for_customers(request: AnyRequest, *names: str) -> None:
    """Raise `CustomerForbidden` for the first of the fields that a request sets, if it is a customer's."""
    if names and find_account(request).customer is not None:
        raise CustomerForbidden.for_field(names[0])
