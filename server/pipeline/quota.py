"""What a turn costs, paid once, however it ends."""

from server.keys.account import Account
from server.turn.reply import Reply, ReplyDelta, ReplyWrapper


class MeteredReply(ReplyWrapper):
    """Whatever dialect asked and whichever stage answered, this is where a turn ends: at its end, or when it is left.

    Paid is what the client is told as usage, as far as it came: the prompt and what was said.
    """

    def __init__(self, inner: Reply, account: Account) -> None:
        super().__init__(inner)
        self._account = account
        self._is_paid = False

    async def __anext__(self) -> ReplyDelta:
        try:
            return await super().__anext__()
        except Exception:  # the end too; whoever is cancelled closes it, or goes on
            self.close()
            raise

    def close(self) -> None:
        super().close()
        if not self._is_paid:
            self._is_paid = True
            self._account.spend(self.usage.num_prompt + self.usage.num_generated)
