"""What a line says, and what it leaves out."""

from typing import Any

import pytest

from server.request_record import RequestRecord
from server.telemetry.access_log import MAX_PATH, log_access


def logged(caplog: pytest.LogCaptureFixture, **given: Any) -> dict[str, Any]:
    caplog.set_level("DEBUG", "server.access")
    log_access(RequestRecord("r1", "GET", **{"path": "/x/secret", **given}))
    (record,) = caplog.records
    assert record.getMessage() == "request"
    return vars(record)


def test_a_route_says_enough_of_its_path(caplog: pytest.LogCaptureFixture) -> None:
    line = logged(caplog, route="/x/{name}", status=200, seconds=0.12345, num_bytes=7, key="shop")
    assert (line["route"], line["status"], line["seconds"], line["bytes"], line["key"]) == (
        "/x/{name}",
        200,
        0.123,
        7,
        "shop",
    )
    assert "secret" not in str(line)


def test_a_path_without_a_route_is_shown_up_to_a_length(caplog: pytest.LogCaptureFixture) -> None:
    line = logged(caplog, path="/" + "x" * 1000)
    assert line["path"] == "/" + "x" * (MAX_PATH - 1)


def test_what_there_is_not_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    line = logged(caplog)
    assert not {"status", "key", "error", "prompt_tokens", "generated_tokens"} & set(line)


@pytest.mark.parametrize("route", ["/health/ready", "/ops/state"])
@pytest.mark.parametrize(("status", "level"), [(200, "DEBUG"), (503, "INFO")])
def test_probes_are_told_when_something_is_wrong(
    caplog: pytest.LogCaptureFixture, route: str, status: int, level: str
) -> None:
    assert logged(caplog, route=route, status=status)["levelname"] == level
