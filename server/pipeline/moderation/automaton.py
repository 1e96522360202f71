"""Aho and Corasick's automaton (CACM 18, 1975) for text that comes in pieces.

A state says how long a beginning of a word the text ends with, so also what must be held back of a text that goes on.
The libraries keep that to themselves, and those whose states list their followers are slow with Chinese, where words
begin with thousands of characters.
"""

from collections import deque
from collections.abc import Iterable, Iterator


class State:
    """The longest end of what was read that a word begins with, of `depth` letters; `shorter` is the next one."""

    __slots__ = ("depth", "following", "has_words", "shorter", "word")

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.following: dict[str, State] = {}
        self.shorter: State = self
        self.word = ""  # the one that ends here and is as long as this
        self.has_words = False  # this one, or those of shorter states

    def words(self) -> Iterator[str]:
        """All that end here, the longest first."""
        state = self
        while state.has_words:
            if state.word:
                yield state.word
            state = state.shorter

    def unfinished(self) -> "State":
        """The longest of this and the shorter ones that begins a longer word; the start where none does."""
        state = self
        while state.depth and not state.following:
            state = state.shorter
        return state


class Automaton:
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
        """Level by level: the shorter state of one is found from that of the one before it."""
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
        """The state after the letters, and each state at which words end with the number of the letter before it."""
        start, found = self.start, []
        for i, letter in enumerate(letters):
            # `_step`, written out: a call for each letter takes longer than the rest
            following = state.following.get(letter)
            while following is None and state is not start:
                state = state.shorter
                following = state.following.get(letter)
            if following is not None:
                state = following
                if state.has_words:
                    found.append((i, state))
        return state, found
