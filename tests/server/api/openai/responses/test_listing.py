"""Pages of items."""

from typing import Any

import pytest

from server.api.openai.responses.listing import list_page
from server.errors import FieldRefused

ITEMS: list[dict[str, Any]] = [{"id": name} for name in "abcde"]


def ids(page: Any) -> str:
    return "".join(item["id"] for item in page["data"])


def test_pages_in_both_orders_hold_every_item_once() -> None:
    for order, expected in (("asc", "abcde"), ("desc", "edcba")):
        found, after = "", None
        while True:
            page = list_page(ITEMS, 2, order, after)  # type: ignore[arg-type]
            found, after = found + ids(page), page["last_id"]
            assert page["first_id"] == page["data"][0]["id"]
            if not page["has_more"]:
                break
        assert found == expected


def test_the_end_and_an_unknown_item() -> None:
    page = list_page(ITEMS, 5, "asc", "e")
    assert (page["data"], page["first_id"], page["last_id"], page["has_more"]) == ([], None, None, False)
    with pytest.raises(FieldRefused, match="no such item"):
        list_page(ITEMS, 5, "asc", "x")
