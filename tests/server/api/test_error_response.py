"""Exceptions become errors in the format of the path, with the right status and headers."""

import errno
from typing import Any

import pytest
from litestar import Litestar
from litestar.exceptions import InternalServerException, MethodNotAllowedException, NotFoundException
from litestar.testing import RequestFactory

from model.errors import ImageError, ParameterError, SchemaError
from server.api.error_response import respond_with_error, translate_error, write_error_body
from server.errors import (
    BadBody,
    ClientGone,
    EngineStopped,
    FieldRefused,
    Forbidden,
    HTTPError,
    InternalError,
    KeyMissing,
    KeyWrong,
    QueueFull,
    QuotaSpent,
    RateExceeded,
    SchemaRefused,
    ServerError,
    TooManyStreams,
)
from server.request_record import RequestRecord, bind_record
from server.store.errors import DatabaseUnreachable, SessionNotFound


def request_to(path: str, **headers: str) -> Any:
    return RequestFactory(app=Litestar([], logging_config=None, openapi_config=None)).post(path, headers=headers)


@pytest.mark.parametrize(
    ("code", "status"), [(errno.ENOSPC, 503), (errno.EMFILE, 503), (errno.EACCES, 500)], ids=["disk", "files", "other"]
)
def test_what_the_system_has_no_room_for_may_be_tried_again(code: int, status: int) -> None:
    response = respond_with_error(request_to("/documents"), OSError(code, "/tmp/secret"))
    assert response.status_code == status
    assert ("Retry-After" in response.headers) == (status == 503)
    assert "secret" not in str(response.content)


@pytest.mark.parametrize(
    ("path", "headers", "text"),
    [
        ("/ask", {}, "参数 n 不可用：不行"),
        ("/ask", {"accept-language": "en"}, "the field n cannot be used: no"),
        ("/sessions/3/export", {}, "参数 n 不可用：不行"),
        ("/sessionless", {}, "the field n cannot be used: no"),
        ("/health", {"accept-language": "zh"}, "参数 n 不可用：不行"),
    ],
)
def test_problem_details_are_in_the_readers_language(path: str, headers: dict[str, str], text: str) -> None:
    body = {"type": "about:blank", "title": "Bad Request", "status": 400, "detail": text, "error": text}
    assert write_error_body(request_to(path, **headers), FieldRefused("n", "no", "不行")) == body
    assert respond_with_error(request_to(path), BadBody("x")).media_type == "application/problem+json"


def test_the_error_format_of_ollama() -> None:
    body = {"error": "the field n cannot be used: no"}
    assert write_error_body(request_to("/api/chat"), FieldRefused("n", "no", "不行")) == body


@pytest.mark.parametrize("path", ["/api/chat", "/v1/chat/completions"])
def test_other_dialects_have_no_problem_details(path: str) -> None:
    assert respond_with_error(request_to(path), BadBody("x")).media_type == "application/json"


def test_problem_details_of_an_internal_error_have_its_id() -> None:
    body = write_error_body(request_to("/ask"), InternalError("abcd"))
    assert (body["id"], body["title"], body["status"]) == ("abcd", "Internal Server Error", 500)


def test_status_499_has_the_title_of_nginx() -> None:
    assert write_error_body(request_to("/ask"), ClientGone())["title"] == "Client Closed Request"


@pytest.mark.parametrize(
    ("error", "kind", "param", "code"),
    [
        (FieldRefused("n", "no", "不行"), "invalid_request_error", "n", None),
        (QueueFull(3), "rate_limit_error", None, "rate_limit_exceeded"),
        (EngineStopped(), "server_error", None, None),
        (KeyMissing(), "authentication_error", None, "invalid_api_key"),
        (KeyWrong(), "authentication_error", None, "invalid_api_key"),
        (Forbidden(), "permission_error", None, None),
        (RateExceeded(3, 4), "rate_limit_error", None, "rate_limit_exceeded"),
        (TooManyStreams(3), "rate_limit_error", None, "rate_limit_exceeded"),
        (QuotaSpent(9, 8, 60), "rate_limit_error", None, "insufficient_quota"),
        (SchemaRefused(SchemaError("form")), "invalid_request_error", "response_format", None),
        (SchemaRefused(SchemaError("form", tool="look")), "invalid_request_error", "tools", None),
    ],
)
def test_the_error_format_of_openai(error: Any, kind: str, param: str | None, code: str | None) -> None:
    body = write_error_body(request_to("/v1/chat/completions"), error)["error"]
    assert body == {"message": error.texts["en"], "type": kind, "param": param, "code": code}


@pytest.mark.parametrize("path", ["/ask", "/v1/chat/completions", "/api/chat"])
@pytest.mark.parametrize("error", [KeyMissing(), KeyWrong()])
def test_401_asks_for_a_bearer_token(path: str, error: ServerError) -> None:
    response = respond_with_error(request_to(path), error)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].split()[0] == "Bearer"


@pytest.mark.parametrize("error", [RateExceeded(3, 4), TooManyStreams(3), QuotaSpent(9, 8, 60)])
def test_a_key_at_its_limit_gets_a_time_to_retry(error: ServerError) -> None:
    response = respond_with_error(request_to("/ask"), error)
    assert response.status_code == 429
    assert response.headers["Retry-After"] == str(error.retry_after_s)


@pytest.mark.parametrize("path", ["/ask", "/v1/chat/completions", "/api/chat"])
def test_429_has_a_time_to_retry(path: str) -> None:
    response = respond_with_error(request_to(path), QueueFull(3))
    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) > 0
    assert "Retry-After" not in respond_with_error(request_to(path), BadBody("x")).headers


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ImageError("x", "empty"), "BadImage"),
        (NotFoundException(), "RouteNotFound"),
        (MethodNotAllowedException(headers={"allow": "GET"}), "MethodNotAllowed"),
        (InternalServerException("a secret"), "InternalError"),
        (RuntimeError("a secret"), "InternalError"),
        (RecursionError(), "BadBody"),
        (HTTPError(413), "HTTPError"),
        (SessionNotFound("x"), "NotStored"),
        (DatabaseUnreachable("postgresql://secret", "a secret"), "StoreUnavailable"),
    ],
)
def test_every_exception_is_translated(error: Exception, kind: str) -> None:
    known = translate_error(request_to("/ask"), error)
    assert type(known).__name__ == kind
    assert "secret" not in str(known)


def test_an_internal_error_is_logged_under_its_id(caplog: pytest.LogCaptureFixture) -> None:
    known = translate_error(request_to("/ask"), RuntimeError("a secret"))
    assert isinstance(known, InternalError)
    assert str(known).removeprefix("internal error ") in caplog.text


def test_the_record_keeps_the_clients_error_and_its_cause() -> None:
    error = RuntimeError("a secret")
    with bind_record(RequestRecord("r-1", "POST", "/ask")) as record:
        known = translate_error(request_to("/ask"), error)
    assert (record.response_error, record.cause) == (known, error)
    assert str(known) == "internal error r-1"


def test_parameters_have_the_names_that_the_client_sent() -> None:
    error = ParameterError("min_new_tokens", "is over {max_new_tokens} and {n}", "超过 {max_new_tokens}")
    with bind_record(RequestRecord("r-1", "POST", "/ask")) as record:
        record.field_names |= {"min_new_tokens": "min_tokens", "max_new_tokens": "max_tokens"}
        known = translate_error(request_to("/ask"), error)
        refused = translate_error(request_to("/ask"), FieldRefused("min_new_tokens", "it is odd", "不对"))
    assert (known.param, known.texts) == (
        "min_tokens",
        {
            "en": "the field min_tokens cannot be used: it is over max_tokens and n",
            "zh": "参数 min_tokens 不可用：超过 max_tokens",
        },
    )
    assert (refused.param, str(refused)) == ("min_tokens", "the field min_tokens cannot be used: it is odd")
    assert translate_error(request_to("/ask"), error).param == "min_new_tokens"
