"""From the tokens of a growing answer to its text."""

from collections.abc import Sequence

from model.stopping import StopStrings
from model.tokenizer import Tokenizer


class AnswerReader:
    """Returns text as soon as it is certain: whole characters only, and nothing that may become a stop string."""

    def __init__(
        self, tokenizer: Tokenizer, stop: Sequence[str], spared: Sequence[str] = (), num_hidden: int = 0
    ) -> None:
        """`spared` are the tags of passages in which stop strings do nothing: see `StopStrings`.

        The first `num_hidden` characters, which are the end of a text that the answer continues, are left out.
        """
        self._num_hidden = num_hidden
        self._detokenizer = tokenizer.make_detokenizer()
        self._stop = StopStrings(stop, spared)
        self._num_read = 0
        self._is_finished = False
        self.text = ""

    @property
    def is_stopped(self) -> bool:
        """Whether a stop string has come; the text ends before it."""
        return self._stop.is_stopped

    @property
    def stop_string(self) -> str | None:
        """The stop string that has come."""
        return self._stop.found

    def read(self, token_ids: Sequence[int], is_finished: bool) -> str:
        """Return the text that is new since the last call.

        `token_ids` is the whole answer so far, `is_finished` whether no more tokens will come.
        """
        if self._is_finished:
            return ""
        new = token_ids[self._num_read :]
        self._num_read += len(new)
        piece = "".join(self._stop.add(self._hide(self._detokenizer.add(token_id))) for token_id in new)
        if is_finished:
            piece += self._stop.add(self._hide(self._detokenizer.finish())) + self._stop.finish()
        self._is_finished = is_finished or self.is_stopped
        self.text += piece
        return piece

    def _hide(self, text: str) -> str:
        num_hidden = min(self._num_hidden, len(text))
        self._num_hidden -= num_hidden
        return text[num_hidden:]
