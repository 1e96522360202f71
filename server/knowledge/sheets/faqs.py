"""Rows of questions with their answers, in one language or two."""

from dataclasses import dataclass, field

from server.knowledge.sheets.problems import Problems
from server.knowledge.sheets.records import Field, Record
from server.knowledge.sheets.texts import find_language, is_yes, read_language, split_wordings, unite
from server.store.knowledge_records import Faq, TextLanguage

LANGUAGES: tuple[TextLanguage, ...] = ("zh", "en")
MAX_WORDINGS = 200


@dataclass
class _Texts:
    """What a row has in one language."""

    questions: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    wordings: list[str] = field(default_factory=list)


class Faqs:
    """Gathers questions with their answers."""

    def __init__(self, problems: Problems) -> None:
        self.faqs: list[Faq] = []
        self._problems = problems

    def add(self, record: Record) -> None:
        """Add what a record says, once for each language that it has an answer in."""
        texts = _sort(record)
        questions = [text for language in LANGUAGES for text in texts[language].questions]
        if not questions:
            self._problems.note("faq_without_question", record.row)
            return
        if not any(texts[language].answers for language in LANGUAGES):
            self._problems.note("faq_without_answer", record.row)
            return
        is_verbatim = any(is_yes(value) for value in record.list_values("verbatim"))
        for language in LANGUAGES:
            of_it = texts[language]
            if of_it.answers:
                asked = of_it.questions or questions
                wordings = unite([*asked[1:], *of_it.wordings])[:MAX_WORDINGS]
                answer = "\n".join(of_it.answers)
                self.faqs.append(Faq(asked[0], answer, tuple(wordings), language, is_verbatim, record.entry))


def _sort(record: Record) -> dict[TextLanguage, _Texts]:
    """Return the texts of a row by their languages: as a column says, or those of its question."""
    texts: dict[TextLanguage, _Texts] = {"zh": _Texts(), "en": _Texts()}
    named: TextLanguage | None = next(filter(None, map(read_language, record.list_values("language"))), None)
    is_bilingual = any(len(_list_languages(record, term)) > 1 for term in ("question", "answer"))
    asked = " ".join(record.list_values("question"))
    own: TextLanguage | None = named or (find_language(asked) if asked else None)
    language: TextLanguage | None
    for term in ("question", "answer", "wordings"):
        for each in record.list_fields(term):
            language = each.column.language or (each.column.script if is_bilingual else own)
            if term == "wordings" and is_bilingual and len(record.list_fields(term)) == 1:
                language = each.column.language
            found = texts[find_language(each.text) if language is None else language]
            match term:
                case "question":
                    found.questions += each.values
                case "answer":
                    found.answers.append(each.written or "\n".join(each.values))
                case _ if language is None:
                    for wording in _split(each):
                        texts[find_language(wording)].wordings.append(wording)
                case _:
                    found.wordings += _split(each)
    return texts


def _list_languages(record: Record, term: str) -> set[TextLanguage]:
    return {each.column.language or each.column.script for each in record.list_fields(term)}


def _split(each: Field) -> list[str]:
    return list(each.values) if each.is_list else split_wordings(each.values[0])
