"""The last failures and hits: what operators learn of them, how many, and what they never learn."""

from pathlib import Path
from typing import Any

import pytest

from server.errors import EngineStopped, FieldRefused, InternalError, QueueFull, ServerError
from server.request_record import RequestRecord
from server.telemetry.recent import Recent, origin_of


def raised(error: Exception) -> Exception:
    try:
        raise error
    except Exception as caught:
        return caught


def failed(failure: ServerError, cause: Exception | None = None, request_id: str = "r-1") -> RequestRecord:
    record = RequestRecord(request_id, "POST", "/ask", route="/ask", status=200, key="ann")
    record.response_error, record.cause = failure, cause
    return record


def moderated(*rules: str) -> RequestRecord:
    hit: dict[str, Any] = {"where": "question", "category": "rude", "action": "mask"}
    notes: list[dict[str, Any]] = [
        {"stage": "typos", "corrections": []},
        {"stage": "moderation", "hits": [hit] * len(rules)},
    ]
    return RequestRecord("r-2", "POST", "/chat", route="/chat", status=200, notes=notes, rules=list(rules))


def test_a_fault_is_told_by_its_kind_and_place_and_not_by_its_words() -> None:
    recent = Recent()
    recent.note(failed(InternalError("r-1"), raised(RuntimeError("my card is xyzzy"))))
    (failure,) = recent.failures
    assert (failure.id, failure.method, failure.route, failure.status) == ("r-1", "POST", "/ask", 500)
    assert (failure.kind, failure.key) == ("RuntimeError", "ann")
    assert failure.texts["en"].startswith("RuntimeError, tests/server/telemetry/test_recent.py:")
    assert failure.texts["en"] == failure.texts["zh"]
    assert "xyzzy" not in str(failure)


def test_what_is_known_is_told_in_both_languages() -> None:
    recent = Recent()
    recent.note(failed(EngineStopped()))
    (failure,) = recent.failures
    assert (failure.kind, failure.status, failure.texts) == ("EngineStopped", 503, EngineStopped().texts)


@pytest.mark.parametrize("failure", [FieldRefused("n", "my card is xyzzy"), QueueFull(3), None])
def test_a_clients_mistakes_are_no_failures(failure: ServerError | None) -> None:
    recent = Recent()
    record = RequestRecord("r", "POST", "/ask", response_error=failure)
    recent.note(record)
    assert recent.failures == []


def test_a_hit_is_told_by_its_rule() -> None:
    recent = Recent()
    recent.note(moderated("/etc/lists/rude.txt, line 3", "/etc/lists/rude.txt, line 4"))
    assert [hit.rule for hit in recent.hits] == ["rude.txt, line 4", "rude.txt, line 3"]
    assert (recent.hits[0].category, recent.hits[0].action, recent.hits[0].where) == ("rude", "mask", "question")
    assert (recent.hits[0].id, recent.hits[0].route) == ("r-2", "/chat")


def test_both_rings_are_bounded_and_the_newest_first() -> None:
    recent = Recent(num_kept=3)
    for number in range(10):
        recent.note(failed(EngineStopped(), request_id=f"r-{number}"))
        recent.note(moderated(f"rude.txt, line {number}"))
    assert [failure.id for failure in recent.failures] == ["r-9", "r-8", "r-7"]
    assert [hit.rule[-1] for hit in recent.hits] == ["9", "8", "7"]


def test_an_error_that_was_never_raised_has_no_place() -> None:
    assert origin_of(ValueError("x")) == "ValueError"
    assert origin_of(raised(ValueError("x"))).startswith("ValueError, tests/")


def test_the_place_is_in_this_project_even_where_a_library_raised() -> None:
    with pytest.raises(FileNotFoundError) as caught:
        Path("/nowhere/at/all").read_text(encoding="utf-8")
    assert origin_of(caught.value).startswith("FileNotFoundError, tests/server/telemetry/test_recent.py:")
