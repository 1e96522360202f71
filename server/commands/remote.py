"""The knowledge base of a server that runs, over HTTP."""

import asyncio
import http.client
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, BinaryIO, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from server.api.knowledge.collections import CollectionList, ShownCollection
from server.api.knowledge.response import KnowledgeDocument, KnowledgeDocumentList
from server.api.knowledge.searching import ShownFound
from server.commands.errors import CommandError, explain_file
from server.commands.knowledge_base import NewFile, Tell
from server.errors.base import Language

TIMEOUT_S = 300
ASK_EVERY_S = 0.3
CHUNK_BYTES = 1 << 18
PAGE = 200

T = TypeVar("T")


class RemoteKnowledge:
    """See `KnowledgeBase`. `url` is the address of the server, `key` an operator's key where it asks for one."""

    remarks: Sequence[str] = ()

    def __init__(self, url: str, key: str | None, language: Language) -> None:
        """Raises `CommandError` for what is no address."""
        parts = urlsplit(url if "//" in url else f"http://{url}")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise CommandError(
                f"{url} is not an address such as http://127.0.0.1:8000", f"{url} 不是 http://127.0.0.1:8000 这样的地址"
            )
        self.url, self._parts = url, parts
        self._headers = {"Accept-Language": language, **({"Authorization": f"Bearer {key}"} if key else {})}

    async def add(self, collection: str, file: NewFile) -> KnowledgeDocument:
        place = f"/collections/{quote(collection, safe='')}"
        try:
            await self._ask("GET", place, ShownCollection)
        except _NotFound:
            await self._ask("PUT", place, ShownCollection)
        fields = {"role": file.role, "name": file.name, **({"password": file.password} if file.password else {})}
        try:
            with file.path.open("rb") as opened:
                boundary = secrets.token_hex(16)
                body = _write_form(boundary, fields, file.name, opened)
                headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
                return await self._ask("POST", f"{place}/documents", KnowledgeDocument, body, headers)
        except OSError as error:
            raise explain_file(error) from error

    async def wait(self, document: KnowledgeDocument, tell: Tell) -> KnowledgeDocument:
        place = f"/collections/{quote(document.collection, safe='')}/documents/{document.id}"
        while document.state == "reading":
            await asyncio.sleep(ASK_EVERY_S)
            document = await self._ask("GET", place, KnowledgeDocument)
            tell(document)
        return document

    async def list_collections(self) -> list[ShownCollection]:
        return (await self._ask("GET", "/collections", CollectionList)).collections

    async def list_documents(self, collection: str) -> list[KnowledgeDocument]:
        place, documents = f"/collections/{quote(collection, safe='')}/documents", list[KnowledgeDocument]()
        query: dict[str, Any] = {"limit": PAGE}
        while True:
            page = await self._ask("GET", f"{place}?{urlencode(query)}", KnowledgeDocumentList)
            documents += page.documents
            if page.next_cursor is None:
                return documents
            query["cursor"] = page.next_cursor

    async def remove_collection(self, collection: str) -> None:
        await self._ask("DELETE", f"/collections/{quote(collection, safe='')}", type(None))

    async def remove_document(self, document: KnowledgeDocument) -> None:
        place = f"/collections/{quote(document.collection, safe='')}/documents/{document.id}"
        await self._ask("DELETE", place, type(None))

    async def search(self, collection: str, query: str, limit: int) -> ShownFound:
        place = f"/collections/{quote(collection, safe='')}/search?{urlencode({'q': query, 'limit': limit})}"
        return await self._ask("GET", place, ShownFound)

    async def _ask(
        self,
        method: str,
        place: str,
        answer: type[T],
        body: Iterator[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> T:
        """Return the answer to a request. Raises `CommandError`."""
        sent = {**self._headers, **(headers or {})}
        try:
            status, data = await asyncio.to_thread(self._send, method, place, body, sent)
        except (OSError, http.client.HTTPException) as error:
            raise CommandError(
                f"no server answers at {self.url}: {error}", f"{self.url} 没有服务应答：{error}"
            ) from error
        if status >= 400:
            raise (_NotFound if status == 404 else CommandError)(*_read_cause(status, data))
        try:
            return msgspec.json.decode(data, type=answer) if data else msgspec.convert(None, answer)
        except msgspec.MsgspecError as error:
            raise CommandError(
                f"what answers at {self.url} is not this server: {error}", f"{self.url} 应答的不是本服务：{error}"
            ) from error

    def _send(
        self, method: str, place: str, body: Iterator[bytes] | None, headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        parts = self._parts
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_S)
        try:
            with suppress(BrokenPipeError, ConnectionResetError):  # it has refused before it had read everything
                connection.request(method, parts.path.rstrip("/") + place, body, dict(headers), encode_chunked=True)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


class _NotFound(CommandError):
    """The server has no such collection or document."""


def _read_cause(status: int, data: bytes) -> tuple[str, str | None]:
    """Return what a server says, in the language that it was asked in, or else a sentence in both."""
    try:
        shown = json.loads(data)
        return str(shown.get("detail") or shown.get("title") or status), None
    except (ValueError, AttributeError):
        return f"the server answers with the status {status}", f"服务以状态 {status} 应答"


def _write_form(boundary: str, fields: Mapping[str, str], name: str, file: BinaryIO) -> Iterator[bytes]:
    """Yield a form with a file, at last."""
    for field, value in fields.items():
        yield f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode()
    shown = name.replace("\\", "_").replace('"', "_").replace("\r", " ").replace("\n", " ")
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{shown}"\r\n'
    yield f"{head}Content-Type: application/octet-stream\r\n\r\n".encode()
    while chunk := file.read(CHUNK_BYTES):
        yield chunk
    yield f"\r\n--{boundary}--\r\n".encode()
