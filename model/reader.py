"""From the tokens of a growing answer to its text."""

from collections.abc import Sequence

from model.stopping import StopStrings
from model.tokenizer import Tokenizer


class AnswerReader:
    """Returns text as soon as it is certain: whole characters only, and nothing that may become a stop string."""

    def __init__(self, tokenizer: Tokenizer, stop: Sequence[str]) -> None:
        self._detokenizer = tokenizer.make_detokenizer()
        self._stop = StopStrings(stop)
        self._num_read = 0
        self._is_finished = False
        self.text = ""

    @property
    def is_stopped(self) -> bool:
        """Whether a stop string has come; the text ends before it."""
        return self._stop.is_stopped

    def read(self, token_ids: Sequence[int], is_finished: bool) -> str:
        """Return the text that is new since the last call.

        `token_ids` is the whole answer so far, `is_finished` whether no more tokens will come.
        """
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
