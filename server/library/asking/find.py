"""The passages that a question is answered from."""

import re
from collections.abc import Collection, Sequence

from model.tokenizer import Tokenizer
from server.library.asking.budget import Budget, count_tokens
from server.library.asking.content_tokens import tokenize
from server.library.asking.sources import Search
from server.library.ranking import Hit
from server.library.search import is_relevant
from server.store.library_records import Passage

NUM_HITS = 24
"""How many passages are searched for."""

MAX_PASSAGES = 12
"""How many of them are shown to the model."""

LABEL_TOKENS = 30
"""About what the number and the source of a passage take."""

LEADS_ON = re.compile(
    r"^\s*(?:and|but|or|so|also|what about|how about|what of)\b"
    r"|\b(?:it|its|that one|this one|they|them|their|those|these)\b"
    r"|^\s*(?:那么?|还有|以及|另外|再)|它|这个|那个|这款|那款|该|其[他它]?|上面|刚才|前面",
    re.I,
)
NUM_TOO_FEW = 2
"""A question that says no more than so much, and leads on from the one before, is searched for together with that."""

MENTIONS_DOCUMENTS = re.compile(
    r"\b(?:documents?|files?|pdfs?|attachments?|uploads?|uploaded|manuals?|contracts?|catalog(?:ue)?s?|spreadsheets?|sheets?|"
    r"slides?|presentations?|reports?|pages?|price\s*lists?)\b|文档|文件|附件|说明书|手册|合同|目录|表格|报告|幻灯片|页|价目表|资料|上传",
    re.I,
)

SMALL_TALK = re.compile(
    r"\W*(?:[你您]好[啊呀]?|早上好|下午好|晚上好|多?谢谢?[你您]?[了啦]?|非常感谢|好的?|明白了?|知道了|再见|拜拜"
    r"|(?:hello|hi|hey)(?:\s+there)?|good\s+(?:morning|afternoon|evening)|(?:many\s+)?thanks?(?:\s+(?:you|a\s+lot))?"
    r"(?:\s+(?:so|very)\s+much)?|ok(?:ay)?|great|perfect|cool|got\s+it|i\s+see|(?:good)?bye)\W*",
    re.I,
)
"""What is said between questions, and leads on from none."""

MAX_LED_ON = 4
"""How many questions before one it may lead on from, each from the one before."""


def mentions_documents(question: str) -> bool:
    """Whether a question says that it is about documents."""
    return MENTIONS_DOCUMENTS.search(question) is not None


def is_small_talk(text: str) -> bool:
    """Whether a text is no more than a greeting, thanks, or the like."""
    return SMALL_TALK.fullmatch(text) is not None


def write_query(questions: Sequence[str]) -> str:
    """Return what to search for, from the questions of a dialogue, the last one last."""
    question = questions[-1]
    earlier = [each for each in questions[:-1] if not is_small_talk(each)]
    leads_on = LEADS_ON.search(question) is not None
    num_said = len(set(tokenize(question)))
    if (
        earlier
        and not is_small_talk(question)
        and (num_said < NUM_TOO_FEW or (leads_on and num_said <= 3 * NUM_TOO_FEW))
    ):
        return f"{write_query(earlier[-MAX_LED_ON:])}\n{question}"
    return question


async def find_passages(
    search: Search, owner: str, document_ids: Collection[str], query: str, budget: Budget, tokenizer: Tokenizer
) -> list[Hit]:
    """Return the best passages for a query that fit, best first; none where nothing is relevant."""
    hits = [hit for hit in await search.search(owner, document_ids, query, NUM_HITS) if is_relevant(hit)]
    return await fit(hits, budget, tokenizer)


async def fit(hits: Sequence[Hit], budget: Budget, tokenizer: Tokenizer) -> list[Hit]:
    """Return the best of the hits that fit. A page that is scanned counts once, as a picture."""
    costs = await count_tokens(tokenizer, [hit.passage.text for hit in hits])
    chosen: list[Hit] = []
    pages: set[tuple[str, int]] = set()
    num_tokens = 0
    for hit, cost in zip(hits, costs, strict=True):
        cost = _cost(hit.passage, cost, budget, pages)
        is_picture = hit.passage.kind == "scan" and cost > 0
        if num_tokens + cost > budget.num_tokens or (is_picture and len(pages) == budget.num_pictures):
            continue
        num_tokens += cost
        if is_picture:
            pages.add((hit.passage.document_id, hit.passage.page))
        chosen.append(hit)
        if len(chosen) == MAX_PASSAGES:
            break
    return chosen


def _cost(passage: Passage, num_tokens: int, budget: Budget, pages: Collection[tuple[str, int]]) -> int:
    if passage.kind != "scan":
        return num_tokens + LABEL_TOKENS
    is_shown = (passage.document_id, passage.page) in pages
    return 0 if is_shown else budget.picture_tokens + LABEL_TOKENS
