"""Charging a turn to the account that asked for it."""

from server.keys.account import Account
from server.turn.reply import Reply, ReplyDelta, ReplyWrapper


class MeteredReply(ReplyWrapper):
    """A reply that is charged, whichever stage it comes from.

    What it costs is the usage that the client sees: the tokens of the prompt, and those generated so far. They count
    against the key's tokens of a minute as they come, and once against its quota of the day, at the end.
    """

    def __init__(self, inner: Reply, account: Account) -> None:
        super().__init__(inner)
        self._account = account
        self._is_charged = False
        self._num_used = 0
        self._use_tokens()

    async def __anext__(self) -> ReplyDelta:
        try:
            delta = await super().__anext__()
        except Exception:  # the end too, but no cancellation: whoever is cancelled closes the reply or reads on
            self.close()
            raise
        self._use_tokens()
        return delta

    def close(self) -> None:
        super().close()
        if not self._is_charged:
            self._is_charged = True
            self._use_tokens()
            self._account.spend(self._num_used)

    def _use_tokens(self) -> None:
        num_tokens = self.usage.num_prompt + self.usage.num_generated
        self._account.use(num_tokens - self._num_used)
        self._num_used = num_tokens
