"""The language is chosen from `Accept-Language` as browsers and other clients send it."""

import pytest

from server.api.accept_language import choose_language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "zh"),
        ("en", "en"),
        ("en-US,en;q=0.9", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en;q=0.5, zh;q=0.8", "zh"),
        ("fr, en;q=0.4", "en"),
        ("fr", "zh"),
        ("*", "zh"),
        ("en;q=0, *", "zh"),
        ("en;q=0", "zh"),
        ("EN-gb", "en"),
        ("en;q=nonsense", "zh"),
        (",;,", "zh"),
    ],
)
def test_the_language_is_chosen_by_quality_and_order(header: str, language: str) -> None:
    assert choose_language(header, "zh") == language


def test_the_caller_chooses_the_default() -> None:
    assert choose_language("de", "en") == "en"
