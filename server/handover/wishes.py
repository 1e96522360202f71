"""Whether a customer's words ask for a person, in Chinese and English, told by code.

The words are folded, cut into clauses, and searched for a request together with what it asks for. A clause asks for
nobody where a negation stands right before it, where it tells of something past, or where the words mean something
else: artificial intelligence, labour costs, a model who wears a shirt.
"""

import re

from server.handover import chinese_wishes, english_wishes
from server.matching.folding import BREAK, INVISIBLE, SEPARATOR, Folding

MAX_LENGTH = 2000
"""How many characters of a message are looked at: a wish is short, and regular expressions take their time."""

APOSTROPHES = re.compile(r"['’‘ʼ`´＇]")
HYPHENS = re.compile(r"[-‐‑–—－]")
CLAUSE_ENDS = re.compile(f"[{SEPARATOR}{BREAK}\n]+")


class Wishes:
    """Reads customers' words."""

    def __init__(self) -> None:
        self._folding = Folding()

    def wants_person(self, text: str) -> bool:
        """Whether a message asks for a person to answer."""
        plain = HYPHENS.sub(" ", APOSTROPHES.sub("", text[:MAX_LENGTH]))
        folded = plain.translate(self._folding).replace(INVISIBLE, "")
        clauses = [" ".join(clause.split()) for clause in CLAUSE_ENDS.split(folded)]
        whole = " ".join(clauses)
        if chinese_wishes.is_about_words(whole.replace(" ", "")) or english_wishes.is_about_words(whole):
            return False
        return any(
            chinese_wishes.asks_for_person(clause.replace(" ", "")) or english_wishes.asks_for_person(clause)
            for clause in clauses
            if clause
        )
