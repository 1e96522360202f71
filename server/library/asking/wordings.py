"""What the server itself says in answers from documents, in the language of the question."""

from collections.abc import Collection, Sequence

from server.errors.base import Language
from server.store.library_records import LibraryDocument, Passage

NOT_FOUND: dict[Language, str] = {
    "zh": "在文档中没有找到相关内容。",
    "en": "This was not found in the documents.",
}

INSTRUCTION: dict[Language, str] = {
    "zh": "请只根据以上文档内容回答下面的问题。如果其中没有答案，就直接说明文档中没有提到，不要编造。不要写引用编号。",
    "en": "Answer the following question only from the passages of documents above. If the answer is not there, say "
    "plainly that the documents do not mention it, and make nothing up. Write no reference numbers.",
}

FREE_INSTRUCTION: dict[Language, str] = {
    "zh": "如果下面的问题与以上文档有关，请只根据文档内容回答；文档没有提到的，请直接说明，不要编造。不要写引用编号。",
    "en": "If the following question is about the documents above, answer it only from them; say plainly what they do "
    "not mention, and make nothing up. Write no reference numbers.",
}
"""The instruction where a question may also be about something else."""

OPENING: dict[Language, str] = {"zh": "以下是文档中的内容：", "en": "From the documents:"}


def write_source(passage: Passage, language: Language, last: Passage | None = None) -> str:
    """Return where a passage is from, or where a run of them up to `last` is."""
    last = last or passage
    parts = [passage.document_name]
    if passage.sheet is not None:
        parts.append(f"工作表 {passage.sheet}" if language == "zh" else f"sheet {passage.sheet}")
    if passage.first_row is not None and last.last_row is not None:
        span = write_span(passage.first_row, last.last_row)
        parts.append(f"第 {span} 行" if language == "zh" else f"rows {span}")
    else:
        parts.append(write_pages([(passage.page, last.page)], language))
    if passage.heading:
        parts.append(passage.heading)
    return ("，" if language == "zh" else ", ").join(parts)


def write_span(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"


def write_pages(spans: Sequence[tuple[int, int]], language: Language) -> str:
    """Return numbers of pages as people write them: `page 3`, `pages 3, 5-7`, `第 3、5-7 页`."""
    written = [write_span(first, last) for first, last in spans]
    if language == "zh":
        return f"第 {'、'.join(written)} 页"
    return ("page " if len(spans) == 1 and spans[0][0] == spans[0][1] else "pages ") + ", ".join(written)


def join_numbers(numbers: Collection[int]) -> list[tuple[int, int]]:
    """Return numbers as spans of neighbours."""
    spans: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if spans and number == spans[-1][1] + 1:
            spans[-1] = spans[-1][0], number
        else:
            spans.append((number, number))
    return spans


def write_unread(documents: Sequence[LibraryDocument], language: Language) -> str:
    """Return a sentence on what of documents is not read yet; empty where all of them are."""
    return (" " if language == "en" else "").join(
        _write_unread(document, language) for document in documents if document.state == "reading"
    )


def _write_unread(document: LibraryDocument, language: Language) -> str:
    first, last = document.num_pages_read + 1, document.num_pages
    if last is not None and last >= first:
        pages = write_pages([(first, last)], language)
        if language == "zh":
            return f"（“{document.name}”的{pages}尚未读取。）"
        return f"({_capitalize(pages)} of {document.name} {'is' if first == last else 'are'} not read yet.)"
    if language == "zh":
        return f"（“{document.name}”仍在读取，目前已读 {document.num_pages_read} 页。）"
    return f"({document.name} is still being read; {document.num_pages_read} pages are read so far.)"


def write_unanswered(passages: Sequence[Passage], language: Language) -> str:
    """Return a sentence on pages that could not be looked at; empty where there are none."""
    if not passages:
        return ""
    names = dict.fromkeys(passage.document_name for passage in passages)
    sentences = []
    for name in names:
        numbers = {passage.page for passage in passages if passage.document_name == name}
        pages = write_pages(join_numbers(numbers), language)
        if language == "zh":
            sentences.append(f"（“{name}”的{pages}未能读取。）")
        else:
            sentences.append(f"({_capitalize(pages)} of {name} could not be read.)")
    return (" " if language == "en" else "").join(sentences)


def _capitalize(text: str) -> str:
    return text[:1].upper() + text[1:]
