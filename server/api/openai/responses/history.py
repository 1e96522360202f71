"""What a request names of stored responses: the response that it follows, and single items."""

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import dropwhile
from typing import Any

import msgspec

from server.api.openai.responses.items import STORED_PICTURE, list_images
from server.api.openai.responses.messages import FindPicture
from server.api.openai.responses.request import InputImage, InputItem
from server.errors import FieldRefused, PreviousResponseNotFound
from server.store.errors import ResponseNotFound
from server.store.records import PictureRef, StoredResponse
from server.store.response_store import ResponseStore
from server.turn.pictures import PictureSource, PlannedPicture

RESPONSE_ID = re.compile(r"resp_([0-9a-f]{32})")
ITEM_ID = re.compile(r"(?:msg|fc|fco)_([0-9a-f]{32})([0-9a-f]{4,8})")

MIN_TOKENS = 10
"""The chat format alone takes so many tokens of a question and its answer."""

MAX_TOKEN_BYTES = 256
"""No token of the model's is longer, so that what is left out of a chain for its size would not have fit a prompt."""

MAX_NAMED_BYTES = 32 << 20
"""The limit of what is read for the references of a request."""


class StoredItems(msgspec.Struct):
    """The items of a stored response: its request's and its answer's, without log-probabilities.

    What moderation stopped, `is_blocked`, is no part of the dialogue that goes on.
    """

    input: list[dict[str, Any]]
    output: list[dict[str, Any]]
    is_blocked: bool = False

    @property
    def all(self) -> list[dict[str, Any]]:
        return [*self.input, *self.output]

    def drop_first_results(self) -> None:
        """Drop the results of functions that the request begins with."""
        self.input = list(dropwhile(lambda item: item["type"] == "function_call_output", self.input))


@dataclass(frozen=True)
class ResponsePicture:
    """The file of a picture of a stored response, which is loaded each time that it is worked on, and not kept."""

    store: ResponseStore
    owner: str
    response_id: str
    ref: PictureRef

    @property
    def num_bytes(self) -> int:
        return self.ref.num_bytes

    async def load(self) -> bytes:
        """Return the bytes of the file. Raises `StoreError`."""
        pictures = await self.store.load_pictures(self.owner, self.response_id, {self.ref.sha256})
        return pictures[self.ref.sha256].data


@dataclass(frozen=True)
class History:
    """The stored responses of one owner, as far as requests name them."""

    store: ResponseStore
    owner: str

    async def load(self, response_id: str | None, max_tokens: int) -> list[tuple[list[InputItem], FindPicture]]:
        """Return the items of a response and of those that it follows, oldest first, each with where its pictures are.

        Without a response there are none. Of a chain whose prompt would be longer than `max_tokens` in any case, the
        oldest may be missing. Raises `PreviousResponseNotFound`.
        """
        if response_id is None:
            return []
        match = RESPONSE_ID.fullmatch(response_id)
        if match is None:
            raise PreviousResponseNotFound(response_id)
        sizes = max_tokens // MIN_TOKENS + 1, max_tokens * MAX_TOKEN_BYTES
        try:
            chain = await self.store.load_chain(self.owner, match[1], *sizes)
        except ResponseNotFound as error:
            raise PreviousResponseNotFound(response_id) from error
        found = [(response, read_stored(response)) for response in chain]
        if chain[0].previous_id is not None:  # the chain was cut: the calls of its first results are not there
            found[0][1].drop_first_results()
        return [
            (msgspec.convert(items.all, list[InputItem]), self._find_pictures(response))
            for response, items in found
            if not items.is_blocked
        ]

    def _find_pictures(self, response: StoredResponse) -> FindPicture:
        refs = {ref.sha256: ref for ref in response.pictures}

        def find(image: InputImage) -> PictureSource:
            ref = refs[(image.image_url or "").removeprefix(STORED_PICTURE)]
            file = ResponsePicture(self.store, self.owner, response.id, ref)
            return PictureSource(file, 1 if image.detail == "low" else None)

        return find

    async def resolve(
        self, items: Sequence[InputItem]
    ) -> tuple[list[InputItem], Mapping[int, PictureSource | PlannedPicture]]:
        """Return items with the stored ones in the place of references, and the sources of their pictures by `id`.

        Raises `FieldRefused` for a reference to what is not stored.
        """
        places = {i: self._parse_reference(i, item) for i, item in enumerate(items) if item.type == "item_reference"}
        if not places:
            return list(items), {}
        stored = await self._load_named({response_id for response_id, _ in places.values()})
        all_items = {response_id: read_stored(response).all for response_id, response in stored.items()}
        resolved = list(items)
        sources: dict[int, PictureSource | PlannedPicture] = {}
        for index, (response_id, number) in places.items():
            found = all_items.get(response_id, [])
            if number >= len(found) or found[number]["id"] != items[index].id:
                raise _refuse_reference(index)
            resolved[index] = item = msgspec.convert(found[number], InputItem)
            find = self._find_pictures(stored[response_id])
            sources |= {id(image): find(image) for image in list_images([item])}
        return resolved, sources

    async def _load_named(self, ids: Set[str]) -> dict[str, StoredResponse]:
        """Return those of the responses that there are. Raises `FieldRefused` if they are too large together."""
        if await self.store.count_bytes(self.owner, ids) > MAX_NAMED_BYTES:
            cause = f"the responses whose items it names have more than {MAX_NAMED_BYTES:,} bytes together"
            raise FieldRefused("input", cause, f"所引用内容所属的响应总共超过 {MAX_NAMED_BYTES:,} 字节")
        return await self.store.get_many(self.owner, ids)

    def _parse_reference(self, index: int, item: InputItem) -> tuple[str, int]:
        match = ITEM_ID.fullmatch(item.id or "")
        if match is None:
            raise _refuse_reference(index)
        return match[1], int(match[2], 16)


def read_stored(response: StoredResponse) -> StoredItems:
    return msgspec.json.decode(response.items, type=StoredItems)


def _refuse_reference(index: int) -> FieldRefused:
    cause = "no stored response has an item of this id; items of responses with store: false are not kept"
    return FieldRefused(f"input[{index}].id", cause, "没有保存过这个 id 的内容；store 为 false 的响应不会保存")
