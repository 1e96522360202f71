"""Documents as clients are shown them, in their language."""

from dataclasses import replace

from server.api.documents.response import ShownDocument, describe_document
from server.errors.base import Language
from server.keys.account import ANONYMOUS, Account
from server.store.library_records import KNOWLEDGE, LibraryDocument

READING = LibraryDocument(
    id="1",
    collection_id=2,
    owner="ann",
    name="价格.csv",
    kind="csv",
    sha256="0" * 64,
    num_bytes=9,
    password="secret",
    state="reading",
    num_pages=None,
    num_pages_read=3,
    warnings=[{"code": "encoding", "values": {"encoding": "GB18030"}}, {"code": "macros", "values": {}}],
    error=None,
    created_s=5.0,
)


def show(document: LibraryDocument, language: Language, account: Account = ANONYMOUS) -> ShownDocument:
    return ShownDocument(**describe_document(document, account, language))


def test_a_document_that_is_being_read() -> None:
    shown = show(READING, "en")
    assert (shown.id, shown.name, shown.state, shown.pages, shown.pages_read) == ("1", "价格.csv", "reading", None, 3)
    assert shown.warnings == ["the text was read as GB18030", "the document has macros, which are never run"]
    assert (shown.error, shown.error_code) == (None, None)
    assert "secret" not in repr(shown)


def test_texts_are_in_the_language_of_the_client() -> None:
    failed = replace(READING, state="failed", error={"code": "too_many_pages", "values": {"limit": 9}})
    english, chinese = show(failed, "en"), show(failed, "zh")
    assert (english.error, english.error_code) == ("the document has more than 9 pages", "too_many_pages")
    assert chinese.error == "文档超过 9 页"
    assert not any(text.isascii() for text in chinese.warnings)


def test_files_of_the_knowledge_base_are_for_operators() -> None:
    kept = replace(READING, owner=KNOWLEDGE)
    assert show(READING, "en").has_file
    assert show(kept, "en", Account(is_operator=True)).has_file
    assert not show(kept, "en").has_file
