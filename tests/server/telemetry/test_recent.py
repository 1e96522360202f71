"""The last errors and hits: what operators learn of them, how many are kept, and what operators never learn."""

from pathlib import Path
from typing import Any

import pytest

from server.errors import EngineStopped, FieldRefused, InternalError, QueueFull, ServerError
from server.request_record import RequestRecord
from server.telemetry.recent import RecentEvents, describe_origin


def raised(error: Exception) -> Exception:
    try:
        raise error
    except Exception as caught:
        return caught


def failed_record(error: ServerError, cause: Exception | None = None, request_id: str = "r-1") -> RequestRecord:
    record = RequestRecord(request_id, "POST", "/ask", route="/ask", status=200, key="ann")
    record.response_error, record.cause = error, cause
    return record


def moderated_record(*rules: str) -> RequestRecord:
    hit: dict[str, Any] = {"where": "question", "category": "rude", "action": "mask"}
    notes: list[dict[str, Any]] = [
        {"stage": "typos", "corrections": []},
        {"stage": "moderation", "hits": [hit] * len(rules)},
    ]
    return RequestRecord("r-2", "POST", "/chat", route="/chat", status=200, notes=notes, rules=list(rules))


def test_an_unexpected_error_has_its_class_and_place_but_not_its_text() -> None:
    recent = RecentEvents()
    recent.add(failed_record(InternalError("r-1"), raised(RuntimeError("my card is xyzzy"))))
    (error,) = recent.errors
    assert (error.id, error.method, error.route, error.status) == ("r-1", "POST", "/ask", 500)
    assert (error.kind, error.key) == ("RuntimeError", "ann")
    assert error.texts["en"].startswith("RuntimeError, tests/server/telemetry/test_recent.py:")
    assert error.texts["en"] == error.texts["zh"]
    assert "xyzzy" not in str(error)


def test_an_expected_error_has_its_texts_in_both_languages() -> None:
    recent = RecentEvents()
    recent.add(failed_record(EngineStopped()))
    (error,) = recent.errors
    assert (error.kind, error.status, error.texts) == ("EngineStopped", 503, EngineStopped().texts)


@pytest.mark.parametrize("error", [FieldRefused("n", "my card is xyzzy", "我的卡号是 xyzzy"), QueueFull(3), None])
def test_errors_of_the_client_are_left_out(error: ServerError | None) -> None:
    recent = RecentEvents()
    record = RequestRecord("r", "POST", "/ask", response_error=error)
    recent.add(record)
    assert recent.errors == []


def test_a_hit_has_the_file_and_line_of_its_word() -> None:
    recent = RecentEvents()
    recent.add(moderated_record("/etc/lists/rude.txt, line 3", "/etc/lists/rude.txt, line 4"))
    assert [hit.rule for hit in recent.hits] == ["rude.txt, line 4", "rude.txt, line 3"]
    assert (recent.hits[0].category, recent.hits[0].action, recent.hits[0].where) == ("rude", "mask", "question")
    assert (recent.hits[0].id, recent.hits[0].route) == ("r-2", "/chat")


def test_only_the_newest_are_kept_and_they_come_first() -> None:
    recent = RecentEvents(num_kept=3)
    for number in range(10):
        recent.add(failed_record(EngineStopped(), request_id=f"r-{number}"))
        recent.add(moderated_record(f"rude.txt, line {number}"))
    assert [error.id for error in recent.errors] == ["r-9", "r-8", "r-7"]
    assert [hit.rule[-1] for hit in recent.hits] == ["9", "8", "7"]


def test_an_exception_that_was_never_raised_has_no_place() -> None:
    assert describe_origin(ValueError("x")) == "ValueError"
    assert describe_origin(raised(ValueError("x"))).startswith("ValueError, tests/")


def test_the_place_is_in_this_project_also_where_a_library_raised() -> None:
    with pytest.raises(FileNotFoundError) as caught:
        Path("/nowhere/at/all").read_text(encoding="utf-8")
    assert describe_origin(caught.value).startswith("FileNotFoundError, tests/server/telemetry/test_recent.py:")
