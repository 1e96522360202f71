"""What a question for the most of something compares, and what wins."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from server.library.asking.content_tokens import tokenize
from server.library.asking.mode import EXTREME
from server.library.asking.values import Measure, Value, choose_measure
from server.store.library_records import Passage

LEAST = re.compile(
    r"cheapest|least|lowest|smallest|lightest|shortest|earliest|oldest|fewest|thinnest|narrowest|slowest"
    r"|最便宜|最低|最小|最轻|最短|最早|最旧|最少|最薄|最窄|最慢",
    re.I,
)
WORD = re.compile(
    r"最(?:便宜|昂贵|低价|高价|[高低大小重轻长短早晚新旧多少快慢厚薄宽窄强贵])|(?:most|least)\s+[a-z]+|\b[a-z]+est\b",
    re.I,
)
MEASURES: Sequence[tuple[Measure, re.Pattern[str]]] = (
    ("money", re.compile(r"cheap|expens|pric|cost|dear|fee\b|便宜|贵|价|费|钱|金额", re.I)),
    ("mass", re.compile(r"heav|light|weigh|重|轻", re.I)),
    ("date", re.compile(r"earliest|latest|newest|oldest|最早|最晚|最新|最旧", re.I)),
    ("time", re.compile(r"battery|warrant|guarantee|duration|续航|保修|时长|期限", re.I)),
    ("length", re.compile(r"tall|wide|narrow|thick|thin|long|short|高度|宽|窄|厚|薄|长|短", re.I)),
    ("power", re.compile(r"power|watt|功率", re.I)),
)
VERB = re.compile(
    r"(?:\s|[:：|,，=\t]|\b(?:costs?|is|are|was|at|for|only|now|prices?|weighs?|weights?|the|of)\b"
    r"|价格|价钱|售价|单价|现价|原价|特价|仅售|仅需|只要|只需|重量|净重|重|为|是|仅)+$",
    re.I,
)
"""What stands between a thing and its value."""

MAX_NAME = 80
PAGE = re.compile(r"\W*(?:(?:page|p\.|第)\s*)?\d+\s*[页頁]?(?:\s*(?:(?:of|/|共|，)\s*)+\d*\s*[页頁]?)?\W*", re.I)
"""The number of a page, in its head or foot."""


CONDITIONAL = re.compile(
    r"\b(?:over|above|under|below|more than|less than|at least|up to|shipping|delivery|postage|deposit|fee|discount|"
    r"off|save|coupon|tax|per|free)\b|满|以上|以下|超过|不足|运费|邮费|押金|优惠|立减|减免|折|税|包邮|起送|每",
    re.I,
)
"""Words in the clause of a value that is none of a thing's own."""

CLAUSE_END = re.compile(r"[\n，；;。！!？?]|[,.]\s")


@dataclass(frozen=True)
class Candidate:
    """Something with a value to compare, and the passage that has both."""

    name: str
    value: Value
    passage: Passage


def is_least(question: str) -> bool:
    return LEAST.search(question) is not None


def find_measure(question: str) -> Measure | None:
    """Return what a question compares; None where its words do not say."""
    return next((measure for measure, pattern in MEASURES if pattern.search(question)), None)


def find_word(question: str) -> str:
    """Return the word for the most, as the question has it."""
    found = WORD.search(question) or EXTREME.search(question)
    return found[0] if found else ""


def choose(candidates: Sequence[Candidate], question: str) -> list[Candidate]:
    """Return what wins, more than one where their values are equal. Only values of one measure are compared."""
    if not candidates:
        return []
    measure = choose_measure([each.value.measure for each in candidates], find_measure(question))
    compared = [each for each in candidates if each.value.measure == measure]
    amounts = [each.value.amount for each in compared]
    best = min(amounts) if is_least(question) else max(amounts)
    winners = [each for each in compared if each.value.amount == best]
    first: dict[tuple[str, str], Candidate] = {}
    for each in winners:
        first.setdefault((each.name, each.passage.document_id), each)
    return list(first.values())


def find_name(passage: Passage, value: Value) -> str:
    """Return what a value belongs to, where the model has not said it: what stands beside it, or above."""
    line = next((each for each in passage.text.splitlines() if value.text in each), "")
    before = VERB.sub("", line[: max(line.find(value.text), 0)]).strip()
    if tokenize(before):
        return before[-MAX_NAME:]
    if passage.heading:
        return passage.heading.split(" > ")[-1][:MAX_NAME]
    lines = (each.strip() for each in passage.text.splitlines())
    names = (each for each in lines if each and each != line.strip() and not PAGE.fullmatch(each))
    return next(names, line.strip())[:MAX_NAME]


def is_conditional(passage: Passage, value: Value) -> bool:
    """Whether the clause of a value says that it is a limit or a fee."""
    clauses = (each for each in CLAUSE_END.split(passage.text) if value.text in each)
    return any(CONDITIONAL.search(clause) for clause in clauses)
