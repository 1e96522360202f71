"""From a growing answer's tokens to its text."""

from collections.abc import Sequence

from model.stopping import StopStrings
from model.tokenizer import Tokenizer


class AnswerReader:
    """Gives the text that has become certain: whole characters, and nothing that may still become a stop string."""

    def __init__(self, tokenizer: Tokenizer, stop: Sequence[str]) -> None:
        self._detokenizer = tokenizer.detokenizer()
        self._stop = StopStrings(stop)
        self._num_read = 0
        self._is_finished = False
        self.text = ""

    @property
    def is_stopped(self) -> bool:
        """A stop string has come: the answer ends before it, whatever follows."""
        return self._stop.is_stopped

    def read(self, token_ids: Sequence[int], is_finished: bool) -> str:
        """`token_ids` is the whole answer so far, `is_finished` whether it is complete; returns what is new."""
        if self._is_finished:
            return ""
        new = token_ids[self._num_read :]
        self._num_read += len(new)
        piece = "".join(self._stop.add(self._detokenizer.add(token_id)) for token_id in new)
        if is_finished:
            piece += self._stop.add(self._detokenizer.finish()) + self._stop.finish()
        self._is_finished = is_finished or self.is_stopped
        self.text += piece
        return piece
