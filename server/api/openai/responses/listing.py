"""Pages of the items that the request of a stored response brought."""

import base64
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from server.api.openai.responses.items import STORED_PICTURE
from server.api.openai.responses.response import ItemList
from server.errors import FieldRefused
from server.store.response_store import ResponseStore


def list_page(
    items: Sequence[dict[str, Any]], limit: int, order: Literal["asc", "desc"], after: str | None
) -> ItemList:
    """Return the page of items that begins after the item with the id `after`. Raises `FieldRefused`."""
    ordered = list(items) if order == "asc" else list(reversed(items))
    ids = [item["id"] for item in ordered]
    if after is not None and after not in ids:
        raise FieldRefused("after", "the response has no such item", "该响应没有这一项")
    start = 0 if after is None else ids.index(after) + 1
    shown = ordered[start : start + limit]
    first, last = (shown[0]["id"], shown[-1]["id"]) if shown else (None, None)
    has_more = start + limit < len(ordered)
    return {"object": "list", "data": shown, "first_id": first, "last_id": last, "has_more": has_more}


async def show_pictures(page: ItemList, source: tuple[ResponseStore, str, str] | None) -> ItemList:
    """Put data URLs in the place of stored pictures, or nothing without a `source`: a store, an owner and an id."""
    for part in _list_stored_pictures(page["data"]):
        sha256 = part["image_url"].removeprefix(STORED_PICTURE)
        part["image_url"] = None
        if source is not None:
            store, owner, response_id = source
            picture = (await store.load_pictures(owner, response_id, {sha256}))[sha256]
            part["image_url"] = f"data:{picture.mime};base64,{base64.b64encode(picture.data).decode()}"
    return page


def _list_stored_pictures(items: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for item in items:
        for parts in (item.get("content"), item.get("output")):
            if isinstance(parts, list):
                yield from (part for part in parts if part["type"] == "input_image")
