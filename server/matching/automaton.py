"""Aho and Corasick's automaton (CACM 18, 1975) for text that comes in pieces.

Its state says how long a beginning of a word the text ends with, which is what must be held back while the text goes
on. Libraries do not show their state, and those whose states are lists of followers are slow with Chinese, where words
begin with thousands of different characters.
"""

from collections import deque
from collections.abc import Iterable, Iterator


class State:
    """The longest end of the text that a word begins with, of `depth` letters. `shorter` is the next longest one."""

    __slots__ = ("depth", "following", "has_words", "shorter", "word")

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.following: dict[str, State] = {}
        self.shorter: State = self
        self.word = ""  # the word of `depth` letters that ends here, if there is one
        self.has_words = False  # whether a word ends here: this one, or one of a shorter state

    def words(self) -> Iterator[str]:
        """Yield all words that end here, the longest first."""
        state = self
        while state.has_words:
            if state.word:
                yield state.word
            state = state.shorter

    def find_unfinished(self) -> "State":
        """Return the longest of this and the shorter states that a longer word begins with, or the start."""
        state = self
        while state.depth and not state.following:
            state = state.shorter
        return state


class Automaton:
    """Finds all words in one pass over a text."""

    def __init__(self, words: Iterable[str]) -> None:
        self.start = State(0)
        for word in words:
            self._add(word)
        self._link()

    def _add(self, word: str) -> None:
        state = self.start
        for letter in word:
            if letter not in state.following:
                state.following[letter] = State(state.depth + 1)
            state = state.following[letter]
        state.word, state.has_words = word, True

    def _link(self) -> None:
        """Set `shorter` of all states, by their depth: it follows from the shorter state of the state before."""
        waiting = deque(self.start.following.values())
        for state in waiting:
            state.shorter = self.start
        while waiting:
            state = waiting.popleft()
            for letter, longer in state.following.items():
                longer.shorter = self._step(state.shorter, letter)
                longer.has_words |= longer.shorter.has_words
                waiting.append(longer)

    def _step(self, state: State, letter: str) -> State:
        while letter not in state.following and state is not self.start:
            state = state.shorter
        return state.following.get(letter, state)

    def read(self, letters: str, state: State) -> tuple[State, list[tuple[int, State]]]:
        """Return the state after the letters, and each state at which words end, with the index of its last letter."""
        start, found = self.start, []
        for i, letter in enumerate(letters):
            # `_step()` inlined: a call for each letter would take longer than the rest
            following = state.following.get(letter)
            while following is None and state is not start:
                state = state.shorter
                following = state.following.get(letter)
            if following is not None:
                state = following
                if state.has_words:
                    found.append((i, state))
        return state, found
