"""What of the passages found says something about what a question is about, and not about another product."""

import math
import re
from collections.abc import Collection, Iterable, Sequence, Set

from server.knowledge.question_form import leads_on
from server.knowledge.shared_words import shares_enough
from server.library.asking.content_tokens import STOP_CHARACTERS, is_chinese
from server.library.query import Query, is_pair, parse_query
from server.library.ranking import Hit
from server.library.search import is_relevant
from server.store.passage_tokens import normalise, tokenize

CODE = re.compile(r"(?<![a-z0-9])(?=[a-z0-9_/-]*[a-z])(?=[a-z_/-]*[0-9])[a-z0-9]+(?:[-_/][a-z0-9]+)*")
"""A code such as that of a product: letters and digits in a row."""

MEASURE = re.compile(
    r"[0-9]+(?:[-/][0-9]+)?(?:mm|cm|dm|km|kg|mg|ml|cl|gb|mb|tb|ghz|mhz|khz|hz|kw|mah|wh|min|hrs?|pcs?|inch|in|ft|lbs?|oz|"
    r"yuan|rmb|usd|eur|cny|days?|weeks?|months?|years?|hours?|st|nd|rd|th|am|pm|[mglwvakxh])|[0-9]?x{0,4}[sml]|[0-9]+x[0-9]+"
)
"""Amounts and sizes, which name nothing."""

MAX_UNKNOWN, MAX_UNKNOWN_OFFER = 0.78, 0.4
"""A question that names nothing known, and of whose words no passage has more, is about something else.

Less is unknown where it asks whether something is sold: the word for that is there, but not the thing.
"""

OFFER = re.compile(
    r"\b(?:sell|selling|stock|carry)\b|[有卖].{1,8}卖|有卖|卖(?![点完光家得的了断出]).{1,8}[吗么]|卖不卖", re.I
)

SOLD = "卖"
"""What says nothing of the thing that is sold, but would make a pair with its first character."""

FOREIGN = re.compile(r"(?<![A-Za-z0-9])(?:[a-z]+[A-Z][A-Za-z]*|[A-Z][a-z]+[A-Z][A-Za-z]*)(?![A-Za-z0-9])")
LATIN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{4,}(?![A-Za-z0-9])")
"""What is the name of something: words with capitals within, and in a Chinese question all longer Latin words."""

ORDER = re.compile(
    r"订单|运单|单号|快递|物流|发票|包裹|\b(?:orders?|track(?:ing)?|parcels?|shipments?|invoices?|receipts?)\b", re.I
)
"""What has numbers of its own, which no collection knows."""

NEARLY = 0.9
"""The share of the best score with which a passage is about as likely to be the one."""

OTHERS = re.compile(
    r"其[他它]|别的|类似|相似|推荐|比较|对比|相比|还有(?:什么|哪|没有)|替代|换成|更[便贵大小轻重长短好]"
    r"|\b(?:others?|another|similar|alternatives?|instead|else|compare[ds]?|versus|vs|recommend|cheaper|than|rather)\b",
    re.I,
)
"""What asks for more than the product that is spoken of."""


def find_codes(question: str) -> set[str]:
    """Return the codes that a question names, as the index of passages has them."""
    if ORDER.search(question):
        return set()
    found = {code[0] for code in CODE.finditer(normalise(question)) if not MEASURE.fullmatch(code[0])}
    return {re.sub(r"[-_/]", "", code) for code in found}


def find_unknown_codes(question: str, tokens: Set[str], names: Iterable[str] = ()) -> set[str]:
    """Return the codes of a question that are neither among the tokens of passages nor of names."""
    codes = find_codes(question) - tokens
    for name in names if codes else ():
        codes -= set(tokenize(name))
    return codes


def is_about_something_else(question: str, tokens: Set[str]) -> bool:
    """Whether a question that names nothing known speaks of what is not among the tokens of passages."""
    query = parse_query(question.replace(SOLD, " "))
    asked = {token for token in query.weights if is_word(token)}
    if has_unknown_names(question, tokens):
        return True
    most = MAX_UNKNOWN_OFFER if OFFER.search(question) else MAX_UNKNOWN
    known = (tokens & asked) | list_meant(query, tokens)
    return bool(asked) and 1 - len(known & asked) / len(asked) > most


def has_unknown_names(question: str, tokens: Set[str]) -> bool:
    """Whether a question has the name of something that is not among tokens."""
    names = {token for name in _find_names(question) for token in tokenize(name)}
    return not names <= tokens


def list_meant(query: Query, tokens: Set[str]) -> set[str]:
    """Return the words of a query for which there are tokens that mean the same."""
    return {
        token
        for synonym in query.synonyms
        if any(all(each in tokens for each in other) for other in synonym.others)
        for token in synonym.tokens
    }


def asks_for_offer(question: str) -> bool:
    """Whether a question asks if something is sold, without a word for what was spoken of before."""
    return OFFER.search(question) is not None and not leads_on(question)


def _find_names(question: str) -> list[str]:
    return (LATIN if is_chinese(question) else FOREIGN).findall(question)


def is_word(token: str) -> bool:
    """Whether a token is a word, or a pair of characters of which none is there for the grammar."""
    if token.isascii():
        return token.isalpha() and len(token) > 1
    return is_pair(token) and STOP_CHARACTERS.isdisjoint(token)


def keep_relevant(hits: Sequence[Hit], own: Collection[int], question: str) -> list[Hit]:
    """Return the hits that say something about a question; the rows of what it names always do.

    Where there is one, those that score about as much as the best are kept beside it.
    """
    query = parse_query(question)
    found = {hit.passage.id for hit in hits if is_relevant(hit) and shares_enough(query, hit)}
    least = NEARLY * max((hit.score for hit in hits), default=0.0) if found else math.inf
    return [hit for hit in hits if hit.passage.id in own or hit.passage.id in found or hit.score >= least]


def asks_for_others(question: str) -> bool:
    """Whether a question asks for other products than the one that is spoken of."""
    return OTHERS.search(question) is not None
