"""Errors of how a request comes in: their headers, beside the texts that other tests look at."""

from server.errors import MalformedRequest, RequestTooSlow, TooManyConnections


def test_the_rest_of_a_slow_request_must_not_be_taken_for_another() -> None:
    assert RequestTooSlow().headers == {"Connection": "close"}


def test_who_is_one_too_many_is_told_when_to_come_again() -> None:
    assert TooManyConnections().headers == {"Retry-After": "2"}


def test_a_malformed_request_has_the_status_of_its_fault() -> None:
    error = MalformedRequest(417, "不支持的 Expect", "only 100-continue can be expected")
    assert error.status == 417
    assert error.texts["zh"] == "HTTP 请求无效：不支持的 Expect"
    assert MalformedRequest.status == 400
