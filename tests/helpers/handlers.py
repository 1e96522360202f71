"""Applications for thousands of tests: what Litestar finds out about a handler is found out once, not for each."""

from collections.abc import Callable
from typing import Any

import pytest
from litestar._asgi import asgi_router
from litestar._kwargs import KwargsModel
from litestar._signature.model import SignatureModel
from litestar.utils.signature import ParsedSignature

Make = Callable[..., Any]


def parse_handlers_once(patch: pytest.MonkeyPatch) -> None:
    """Keep the signature and the models of each handler: ours have neither dependencies nor DTOs that would differ.

    Routes are not checked against each other either: the application of every server process does that.
    """
    patch.setattr(ParsedSignature, "from_fn", _keep(ParsedSignature.from_fn, lambda fn, _names: fn))
    patch.setattr(SignatureModel, "create", _keep(SignatureModel.create, lambda **given: given["fn"]))
    patch.setattr(KwargsModel, "create_for_signature_model", _keep(KwargsModel.create_for_signature_model, _name_model))
    patch.setattr(asgi_router, "validate_node", lambda **_node: None)


def _name_model(**given: Any) -> tuple[object, ...]:
    return given["signature_model"], frozenset(given["path_parameters"])


def _keep(make: Make, name: Make) -> Make:
    """Return `make` with a memory, in which `name` of its arguments says what is the same."""
    kept: dict[object, Any] = {}

    def find(*args: Any, **given: Any) -> Any:
        key = name(*args, **given)
        if key not in kept:
            kept[key] = make(*args, **given)
        return kept[key]

    return find
