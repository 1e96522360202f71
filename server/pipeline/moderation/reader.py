"""A text that comes in pieces, read once: how much of its end could be the beginning of a word."""

from collections.abc import Callable, Generator, Mapping

from server.pipeline.moderation.folding import INVISIBLE, SEPARATOR, SPACE, is_joined
from server.pipeline.moderation.matching import MAX_GAP, Matcher

BETWEEN = frozenset((SPACE, SEPARATOR, INVISIBLE))

Read = tuple[str, str, bool]
"""What may leave, what is open, and whether a word in either is now known to have ended, be it a hit or not."""


class Reader:
    """`read` takes the next piece; what it gives back as open comes again, at the latest when it no longer is."""

    def __init__(self, matcher: Matcher) -> None:
        reading = _reading(matcher)
        next(reading)
        self.read: Callable[[str], Read] = reading.send


def _reading(matcher: Matcher) -> Generator[Read, str, None]:
    """Its variables are what it remembers: as attributes they would take half as long again, for pieces are short."""
    characters, automaton = matcher.characters, matcher.automaton
    state = start = automaton.start
    last = SPACE  # what the last character that is not invisible is folded to
    num_separators = 0  # since the last letter
    num_plain = 0  # characters at the end that are one letter each
    released, held, has_ended = "", "", False
    while True:
        piece = yield released, held, has_ended
        has_ended = False
        for character in piece:
            letter = characters[character]
            if state.has_words and letter != INVISIBLE and not is_joined(last[-1], letter[0]):
                has_ended = True
            following = state.following.get(letter)
            if following is None:
                if letter in BETWEEN:
                    num_plain = 0
                    if letter != INVISIBLE:
                        last = letter
                        num_separators += 1
                        # what ended here is known to have ended
                        state = start if num_separators > MAX_GAP else state.unfinished()
                    continue
                if len(letter) > 1:
                    following, found = automaton.read(letter, state)
                    has_ended = has_ended or any(i + 1 < len(letter) for i, _ in found)
                    num_plain = -1
                # `Automaton.read`, written out: a call takes longer
                while following is None and state is not start:
                    state = state.shorter
                    following = state.following.get(letter)
            state = following or start
            last = letter
            num_separators = 0
            num_plain += 1
        held += piece
        depth = state.depth
        num_open = depth if depth <= num_plain else _num_open(held, depth, characters)
        released, held = held[: len(held) - num_open], held[len(held) - num_open :]


def _num_open(text: str, num_letters: int, characters: Mapping[str, str]) -> int:
    """How many characters at the end of the text hold its last letters."""
    start = len(text)
    while num_letters > 0:
        start -= 1
        folded = characters[text[start]]
        num_letters -= 0 if folded in BETWEEN else len(folded)
    return len(text) - start
