"""Whether a passage has enough words of a question: one in common may mean anything."""

from collections.abc import Collection

from server.library.query import Query, is_code, is_pair
from server.library.ranking import Hit
from server.library.search import MIN_MARGIN
from server.store.passage_index import count_tokens

MIN_SHARED, MOST = 2, 0.5
"""How many words a passage must have in common with a question, unless it has this share of it."""

MIN_STRENGTH = 1.4
"""What weighs as much as this many words that no passage has is enough, though it be one word and a part of another."""


def shares_enough(query: Query, hit: Hit) -> bool:
    """Whether a passage has two words of a question, or most of it, or rare ones, or stands out by its meaning."""
    if hit.coverage >= MOST or hit.strength >= MIN_STRENGTH or hit.meaning_margin > MIN_MARGIN:
        return True
    passage = hit.passage
    tokens = count_tokens(passage.text, (passage.heading, passage.sheet, passage.document_name))
    return count_shared_words(query, tokens) >= MIN_SHARED


def count_shared_words(query: Query, tokens: Collection[str]) -> int:
    """Return how many words of a question are among tokens; a code counts twice, as it is certain.

    In scripts without spaces each pair of characters counts, and numbers alone do not. Words that mean the same count
    where none of the question's own is there, unless they are words of any question, such as `how long`.
    """
    shared = (token for token in query.weights if token in tokens and not token.isdigit())
    number = sum(2 if is_code(token) else int(is_pair(token) or token.isascii()) for token in shared)
    missing = (
        synonym.others
        for synonym in query.synonyms
        if query.weights.keys() >= set(synonym.tokens) and not any(token in tokens for token in synonym.tokens)
    )
    return number + sum(any(all(token in tokens for token in other) for other in each) for each in missing)
