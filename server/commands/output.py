"""What the command writes: lines for people in their language, or JSON for programs."""

import sys
from collections.abc import Sequence

import msgspec

from server.api.knowledge.collections import ShownCollection
from server.api.knowledge.response import KnowledgeDocument
from server.api.knowledge.searching import ShownFound
from server.errors.base import Language

TEXTS: dict[str, dict[Language, str]] = {
    "reading": {"en": "is being read", "zh": "正在读取"},
    "ready": {"en": "is read", "zh": "已读取"},
    "failed": {"en": "cannot be read", "zh": "无法读取"},
    "pages": {"en": "{read} of {pages} pages", "zh": "{read}/{pages} 页"},
    "warning": {"en": "note: {text}", "zh": "提示：{text}"},
    "collection": {
        "en": "{documents} documents ({reading} being read, {failed} failed), {passages} passages, {faqs} questions, "
        "{entities} entities",
        "zh": "文档 {documents} 个（读取中 {reading}，失败 {failed}），段落 {passages} 个，问答 {faqs} 条，"
        "实体 {entities} 个",
    },
    "removed": {"en": "{name} is removed", "zh": "已删除 {name}"},
    "nothing": {"en": "nothing is found", "zh": "没有找到"},
    "query": {"en": "looked up as: {query}", "zh": "实际查询：{query}"},
    "mention": {
        "en": "about: {name} ({kind} {key}, named as {text!r})",
        "zh": "涉及：{name}（{kind} {key}，写作“{text}”）",
    },
    "faq": {
        "en": "question {score:.2f}, lead {margin:.2f}, {certainty}: {question}",
        "zh": "问答 {score:.2f}，领先 {margin:.2f}，{certainty}：{question}",
    },
    "certain": {"en": "certain", "zh": "确定"},
    "uncertain": {"en": "not certain", "zh": "不确定"},
    "page": {"en": "page {page}", "zh": "第 {page} 页"},
}
MAX_TEXT = 200


class Output:
    """Writes to the terminal. A line that is shown on one is replaced by the next; elsewhere it is not written."""

    def __init__(self, language: Language, is_json: bool) -> None:
        self.language = language
        self._is_json = is_json
        self._has_line = False

    def write_json(self, value: object) -> None:
        """Write a value, if the output is for programs."""
        if self._is_json:
            print(msgspec.json.encode(value).decode())

    def write(self, line: str) -> None:
        """Write a line, if the output is for people."""
        if not self._is_json:
            self._clear()
            print(line, flush=True)

    def warn(self, line: str) -> None:
        """Write a line beside the output, whoever that is for."""
        self._clear()
        print(line, file=sys.stderr, flush=True)

    def show_progress(self, document: KnowledgeDocument) -> None:
        if sys.stderr.isatty():
            self._clear()
            pages = self._say("pages", read=document.pages_read, pages=document.pages or "?")
            print(f"{document.name}: {pages}", end="", file=sys.stderr, flush=True)
            self._has_line = True

    def write_document(self, document: KnowledgeDocument) -> None:
        cause = f": {document.error}" if document.error else ""
        role = f" [{document.role}]" if document.role else ""
        source = f" <- {document.source}" if document.source else ""
        self.write(f"{document.id}  {document.name}{role}{source} {self._say(document.state)}{cause}")
        for text in document.warnings:
            self.write("  " + self._say("warning", text=text))

    def write_collection(self, collection: ShownCollection) -> None:
        title = f" ({collection.title})" if collection.title else ""
        numbers = msgspec.structs.asdict(collection)
        self.write(f"{collection.name}{title}: {self._say('collection', **numbers)}")

    def write_removed(self, names: Sequence[str]) -> None:
        for name in names:
            self.write(self._say("removed", name=name))

    def write_found(self, found: ShownFound) -> None:
        self.write(self._say("query", query=found.query))
        for mention in found.mentions:
            self.write(self._say("mention", **msgspec.structs.asdict(mention)))
        if found.faq is not None:
            certainty = self._say("certain" if found.faq.certain else "uncertain")
            self.write(self._say("faq", certainty=certainty, **msgspec.structs.asdict(found.faq)))
            self.write(f"    {_shorten(found.faq.answer)}")
        for number, hit in enumerate(found.hits, 1):
            meaning = "" if hit.meaning_score is None else f" meaning={hit.meaning_score:.3f}"
            scores = f"words={hit.word_score:.3f}{meaning} coverage={hit.coverage:.2f} why={','.join(hit.why)}"
            place = f"{hit.name}, {self._say('page', page=hit.page)}"
            self.write(f"{number}. {hit.score:.3f}  {place}  {scores}\n    {_shorten(hit.text)}")
        for fact in found.facts:
            self.write(f"*  {fact.text} ({fact.name}, {self._say('page', page=fact.page)})")
        if not (found.hits or found.facts or found.faq):
            self.write(self._say("nothing"))

    def _say(self, code: str, **values: object) -> str:
        return TEXTS[code][self.language].format_map(values)

    def _clear(self) -> None:
        if self._has_line:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._has_line = False


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX_TEXT else f"{line[:MAX_TEXT]}..."
