"""Reading a text that comes in pieces: how much of its end could be the beginning of a word."""

from collections.abc import Callable, Generator, Mapping

from server.matching.folding import INVISIBLE, SEPARATOR, SPACE, is_joined
from server.pipeline.moderation.matching import Matcher
from server.pipeline.moderation.place import MAX_GAP

BETWEEN = frozenset((SPACE, SEPARATOR, INVISIBLE))

Reading = tuple[str, str, bool]
"""The text that may be released, the text held back, and whether a word in either is now known to have ended.

That word need not be a hit.
"""


class Reader:
    """Reads a text piece by piece: `read` takes the next one. Text that is held back is returned again later."""

    def __init__(self, matcher: Matcher) -> None:
        reader = _read_pieces(matcher)
        next(reader)
        self.read: Callable[[str], Reading] = reader.send


def _read_pieces(matcher: Matcher) -> Generator[Reading, str, None]:
    """Read the pieces that are sent. Its state is in local variables: as attributes it would be half as fast again."""
    characters, automaton = matcher.characters, matcher.automaton
    state = start = automaton.start
    last = SPACE  # what the last visible character is folded to
    num_separators = 0  # since the last letter
    num_plain = 0  # characters at the end that are folded to one letter each
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
                        # words that end here are over: only longer ones may go on
                        state = start if num_separators > MAX_GAP else state.find_unfinished()
                    continue
                if len(letter) > 1:
                    following, found = automaton.read(letter, state)
                    has_ended = has_ended or any(i + 1 < len(letter) for i, _ in found)
                    num_plain = -1
                # `Automaton.read()` inlined: a call takes longer
                while following is None and state is not start:
                    state = state.shorter
                    following = state.following.get(letter)
            state = following or start
            last = letter
            num_separators = 0
            num_plain += 1
        held += piece
        depth = state.depth
        num_held = depth if depth <= num_plain else _count_characters(held, depth, characters)
        released, held = held[: len(held) - num_held], held[len(held) - num_held :]


def _count_characters(text: str, num_letters: int, characters: Mapping[str, str]) -> int:
    """Return how many characters at the end of the text hold its last `num_letters` letters."""
    start = len(text)
    while num_letters > 0:
        start -= 1
        folded = characters[text[start]]
        num_letters -= 0 if folded in BETWEEN else len(folded)
    return len(text) - start
