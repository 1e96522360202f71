"""Which passages mention something by their words."""

import pytest

from server.library.asking.mentions import find_mentions
from tests.helpers.fake_library import make_passage


@pytest.mark.parametrize(
    ("text", "term", "is_there"),
    [
        ("The Warranty  lasts", "warranty", True),
        ("two warranties", "warranty", False),
        ("three kettles", "kettle", True),
        ("one kettle", "kettles", True),
        ("install it", "all", False),
        ("free\nshipping", "free shipping", True),
        ("model AB-123.", "ab-123", True),
        ("model AB-1234", "AB-123", False),
        ("退 货\n政策", "退货政策", True),
        ("保修期为一年", "保修", True),
        ("ＡＢ－１", "AB-1", True),
        ("", "x", False),
    ],
)
def test_words_decide(text: str, term: str, is_there: bool) -> None:
    assert bool(find_mentions([make_passage(text)], term)) is is_there
