"""`GET /export` answers with a zip file of the rated turns."""

import io
import json
import zipfile
from typing import Any

from litestar.testing import TestClient

from tests.helpers.pictures import png, png_base64


def download_export(client: TestClient[Any], thumb: str) -> tuple[list[dict[str, Any]], dict[str, bytes]]:
    response = client.get("/export", params={"thumb": thumb})
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/zip"
    assert response.headers["content-disposition"] == 'attachment; filename="turns.zip"'
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    return [json.loads(line) for line in files.pop("turns.jsonl").splitlines()], files


def ask_and_rate(client: TestClient[Any], user_id: str, thumb: str, **asked: Any) -> None:
    client.post("/chat", json={"user_id": user_id, "question": "what?", **asked})
    found = client.get("/sessions").json()["sessions"]
    session = next(session["id"] for session in found if session["name"] == user_id)
    assert client.post(f"/sessions/{session}/feedback", json={"thumb": thumb, "text": "so"}).status_code == 200


def test_rated_turns_with_their_pictures(client: TestClient[Any]) -> None:
    ask_and_rate(client, "ann", "up", image=png_base64())
    ask_and_rate(client, "bob", "down")
    client.post("/chat", json={"user_id": "eve", "question": "unrated"})
    (sample,), files = download_export(client, "up")
    assert sample["conversations"] == [
        {"role": "user", "content": "<image>\nwhat?"},
        {"role": "assistant", "content": "1/1: what?"},
    ]
    assert files[sample["image"]] == png()
    assert [sample["session"] for sample in download_export(client, "down")[0]] == ["bob"]
    assert {sample["session"] for sample in download_export(client, "any")[0]} == {"ann", "bob"}


def test_without_ratings_there_is_an_empty_file(client: TestClient[Any]) -> None:
    assert download_export(client, "up") == ([], {})


def test_an_unknown_rating_is_refused(client: TestClient[Any]) -> None:
    assert client.get("/export", params={"thumb": "sideways"}).status_code == 400
