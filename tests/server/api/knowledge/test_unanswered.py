"""The questions that found nothing are listed, and deleted one by one or all at once."""

from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from tests.helpers.knowledge_client import ENGLISH, open_client
from tests.helpers.stocked_store import QUESTIONS


def list_questions(client: TestClient[Any], query: str = "") -> list[Any]:
    questions: list[Any] = client.get(f"/unanswered{query}").json()["questions"]
    return questions


def test_they_are_listed_the_most_often_asked_first(client: TestClient[Any]) -> None:
    questions = list_questions(client)
    assert [(each["question"], each["count"], each["profile"]) for each in questions] == [
        (QUESTIONS[0], 2, "plain"),
        (QUESTIONS[1], 1, "plain"),
    ]
    assert all(0 < each["first_s"] <= each["last_s"] for each in questions)


def test_they_come_in_pages(client: TestClient[Any]) -> None:
    first = client.get("/unanswered?limit=1").json()
    rest = client.get("/unanswered", params={"limit": 1, "cursor": first["next_cursor"]}).json()
    assert [*first["questions"], *rest["questions"]] == list_questions(client)
    assert rest["next_cursor"] is None


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "cursor=x", "q=a"])
def test_what_cannot_be_listed_is_refused(client: TestClient[Any], query: str) -> None:
    assert client.get(f"/unanswered?{query}").status_code == 400


def test_one_is_deleted(tmp_path: Path) -> None:
    with open_client(tmp_path) as (client, _):
        first, second = list_questions(client)
        assert client.delete(f"/unanswered/{first['id']}").status_code == 204
        assert list_questions(client) == [second]
        gone = client.delete(f"/unanswered/{first['id']}", headers=ENGLISH)
        assert (gone.status_code, gone.json()["error"]) == (404, f"there is no question {first['id']!r}")
        assert client.delete(f"/unanswered/{first['id']}").json()["error"] == "没有这个问题"


def test_all_are_deleted(tmp_path: Path) -> None:
    with open_client(tmp_path) as (client, _):
        assert client.delete("/unanswered?all=true").status_code == 400
        assert client.delete("/unanswered").json() == {"deleted": 2}
        assert client.delete("/unanswered").json() == {"deleted": 0}
        assert client.get("/unanswered").json() == {"questions": [], "next_cursor": None}
