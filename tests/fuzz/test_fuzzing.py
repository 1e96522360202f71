"""Right and wrong requests made from the OpenAPI document: none fails or hangs, and all answers are documented.

`make fuzz` tries many more.
"""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import given
from hypothesis.strategies import SearchStrategy
from schemathesis import CheckFunction, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from tests.helpers.fakes import FakeChatModel
from tests.helpers.fuzzing import ROUTES, TIMEOUT_S, open_fuzzing_client

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


FOLLOWED = ("get", "/desk/events")
"""A stream that lasts ten minutes: its tests read it as it comes."""

WITHOUT_BODY = (
    "/actions/{action_id}/confirm",
    "/actions/{action_id}/decline",
    "/customers/anonymous",
    "/customers/{customer_id}/revoke",
    "/desk/sessions/{session_id}/close",
    "/desk/sessions/{session_id}/give-back",
)
"""What is posted to by its path alone."""


def can_be_wrong(method: str, path: str) -> bool:
    """Return whether a request has more than a path: a path alone is never wrong, only not found."""
    has_body = method in ("post", "patch") and path not in WITHOUT_BODY
    return has_body or path == "/sessions" or path.endswith("/export")


def send(cases: SearchStrategy[schemathesis.Case[Any]], checks: list[CheckFunction]) -> None:
    @given(case=cases)
    def check(case: schemathesis.Case[Any]) -> None:
        case.validate_response(case.call(timeout=TIMEOUT_S), checks=checks)

    check()


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with open_fuzzing_client(FakeChatModel(max_tokens=50)) as client:
        yield client


@pytest.fixture(scope="module")
def document(client: httpx.Client) -> Any:
    config = SchemathesisConfig.from_dict({"seed": 1})
    return schemathesis.openapi.from_url(f"{client.base_url}/schema/openapi.json", config=config)


@pytest.mark.parametrize(("method", "path"), [route for route in ROUTES if route != FOLLOWED])
def test_right_requests(document: Any, method: str, path: str) -> None:
    send(document[path][method].as_strategy(generation_mode=GenerationMode.POSITIVE), CHECKS)


@pytest.mark.parametrize(("method", "path"), [route for route in ROUTES if can_be_wrong(*route)])
def test_wrong_requests_are_refused(document: Any, method: str, path: str) -> None:
    strategy = document[path][method].as_strategy(generation_mode=GenerationMode.NEGATIVE)
    send(strategy, [*CHECKS, negative_data_rejection])
