"""What the rest of the server makes of settings."""

from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

from server.settings.settings import RULES, Settings


def test_lists_are_written_with_commas() -> None:
    settings = Settings(image_hosts="IMG.example.com, *.example.org,", model_aliases="none")
    assert settings.allowed_origins == ()
    assert Settings(cors_origins="https://a.example,*").allowed_origins == ("https://a.example", "*")
    assert settings.allowed_image_hosts == ("img.example.com", "*.example.org")
    assert settings.aliases == ()
    assert Settings().allowed_image_hosts == ()
    assert "minicpm-v:8b-int4" in Settings().aliases


def test_where_keys_are_kept(tmp_path: Path) -> None:
    assert Settings(data=str(tmp_path)).keys_place is None
    (tmp_path / "keys.toml").write_text("")
    assert Settings(data=str(tmp_path)).keys_place == tmp_path / "keys.toml"
    assert Settings(data=str(tmp_path), keys_file="none").keys_place is None
    assert Settings(keys_file="/not/there").keys_place == Path("/not/there")


def test_where_sessions_are_kept() -> None:
    assert Settings(data="/d").sessions_place == "/d/sessions.db"
    assert Settings(database_url="postgresql://a/b").sessions_place == "postgresql://a/b"


def test_stages_have_the_rules_that_help_names() -> None:
    choices = {item.name: item.metadata["choices"] for item in fields(Settings) if item.default == "profile"}
    assert choices == dict.fromkeys(("typos", "moderation", "answer_cache"), RULES)
    assert RULES == ("profile", "on", "off")


def test_settings_never_change() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().port = 1  # type: ignore[misc]
