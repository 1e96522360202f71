"""What a line says, and what it leaves out."""

from typing import Any

import pytest

from server.request_record import RequestRecord
from server.telemetry.access_log import MAX_PATH, log_access


def log_request(caplog: pytest.LogCaptureFixture, **given: Any) -> dict[str, Any]:
    caplog.set_level("DEBUG", "server.access")
    log_access(RequestRecord("r1", "GET", **{"path": "/x/secret", **given}))
    (record,) = caplog.records
    assert record.getMessage() == "request"
    return vars(record)


def test_the_path_of_a_known_route_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    line = log_request(caplog, route="/x/{name}", status=200, duration_s=0.12345, num_bytes=7, key="shop")
    assert (line["route"], line["status"], line["seconds"], line["bytes"], line["key"]) == (
        "/x/{name}",
        200,
        0.123,
        7,
        "shop",
    )
    assert "secret" not in str(line)


def test_a_path_without_a_route_is_cut_to_a_length(caplog: pytest.LogCaptureFixture) -> None:
    line = log_request(caplog, path="/" + "x" * 1000)
    assert line["path"] == "/" + "x" * (MAX_PATH - 1)


def test_fields_without_a_value_are_left_out(caplog: pytest.LogCaptureFixture) -> None:
    line = log_request(caplog)
    assert not {"status", "key", "error", "prompt_tokens", "generated_tokens"} & set(line)


@pytest.mark.parametrize("route", ["/health/ready", "/ops/state"])
@pytest.mark.parametrize(("status", "level"), [(200, "DEBUG"), (503, "INFO")])
def test_probes_are_logged_when_something_is_wrong(
    caplog: pytest.LogCaptureFixture, route: str, status: int, level: str
) -> None:
    assert log_request(caplog, route=route, status=status)["levelname"] == level


def test_of_documents_only_counts_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    found = {"mode": "find", "passages": [{"page": 1}] * 3, "citations": [{"quote": "secret"}], "unread": "secret.pdf"}
    line = log_request(caplog, notes=[{"stage": "documents", **found}])
    assert line["stages"] == [{"stage": "documents", "mode": "find", "passages": 3, "citations": 1}]
