"""Charging a turn to the account that asked for it."""

from server.keys.account import Account
from server.turn.reply import Reply, ReplyDelta, ReplyWrapper


class MeteredReply(ReplyWrapper):
    """A reply that is charged once, when it ends or is closed, whichever stage it comes from.

    What it costs is the usage that the client sees: the tokens of the prompt, and those generated so far.
    """

    def __init__(self, inner: Reply, account: Account) -> None:
        super().__init__(inner)
        self._account = account
        self._is_charged = False

    async def __anext__(self) -> ReplyDelta:
        try:
            return await super().__anext__()
        except Exception:  # the end too, but no cancellation: whoever is cancelled closes the reply or reads on
            self.close()
            raise

    def close(self) -> None:
        super().close()
        if not self._is_charged:
            self._is_charged = True
            self._account.spend(self.usage.num_prompt + self.usage.num_generated)
