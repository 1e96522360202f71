"""What a page learns before it has a key."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from server.api.pages.config import build_pages_config
from server.engine.async_engine import AsyncEngine
from server.keys.keyfile import add_key
from server.keys.keyring import KeyRing
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.fakes import INFO, FakeChatModel
from tests.helpers.keys import make_key

PROFILE = """title = { zh = "售后", en = "Returns" }
[en]
system = "A secret recipe."
"""


def test_the_configuration_has_the_model_and_the_limits(client: TestClient[Any]) -> None:
    told = client.get("/pages/config").json()
    assert (told["model"], told["is_demo"], told["needs_key"], told["profile"]) == ("fake", False, False, "plain")
    limits = {"max_images": 3, "max_image_pixels": 10_000, "max_body_bytes": 100_000}
    assert told["limits"] == {**limits, "max_document_bytes": 64 * 2**20, "max_video_bytes": 64 * 2**20}
    names = {profile["name"]: profile["title"] for profile in told["profiles"]}
    assert names["ecommerce"] == {"zh": "电商客服", "en": "Online shop"}


def test_the_configuration_needs_no_key_and_says_that_other_routes_do(tmp_path: Path) -> None:
    add_key(tmp_path / "keys.toml", make_key())
    app = stored_app(Settings(), AsyncEngine(FakeChatModel(), {}), keys=KeyRing(path=tmp_path / "keys.toml"))
    with TestClient(app) as client:
        assert client.get("/pages/config").json()["needs_key"] is True
        assert client.get("/sessions").status_code == 401


def test_only_the_titles_of_profiles_are_shown(tmp_path: Path) -> None:
    (tmp_path / "returns.toml").write_text(PROFILE, encoding="utf-8")
    app = stored_app(Settings(profiles=str(tmp_path)), AsyncEngine(FakeChatModel(), {}))
    with TestClient(app) as client:
        response = client.get("/pages/config")
    assert {"name": "returns", "title": {"zh": "售后", "en": "Returns"}} in response.json()["profiles"]
    assert "secret" not in response.text


@pytest.mark.parametrize(
    ("source", "name"),
    [("demo", "demo"), ("openbmb/MiniCPM-V-2_6", "MiniCPM-V-2_6"), ("/srv/secret/model/", "model")],
)
def test_the_path_of_a_model_is_not_shown(source: str, name: str) -> None:
    info = replace(INFO, source=source, is_demo=source == "demo")
    told = build_pages_config(Settings(), info, needs_key=True)
    assert (told.model, told.is_demo) == (name, source == "demo")
    assert b"secret" not in msgspec.json.encode(told)
