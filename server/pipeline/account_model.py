"""The model, asked on an account for what a request needs besides an answer, such as the rows of a table."""

from dataclasses import replace

from server.keys.account import Account
from server.pipeline.quota import MeteredReply
from server.turn.turn import Turn
from server.turn.turns import Turns


class AccountModel:
    """Asks the model for an account, which is charged. Whoever makes it has checked the account's rate and quota."""

    def __init__(self, turns: Turns, account: Account) -> None:
        self._turns = turns
        self._account = account

    async def ask(self, turn: Turn) -> tuple[str, bool]:
        """Return the answer to a turn, and whether it is complete.

        It may have as many tokens as the turn wants, but no more than the server's limit. Raises `ServerError` and
        `InputError`.
        """
        limit = self._turns.limits.max_new_tokens
        options = {**turn.options, "max_new_tokens": min(turn.options.get("max_new_tokens", limit), limit)}
        begun = await self._turns.begin(replace(turn, owner=self._account.owner, options=options))
        (answer,) = await MeteredReply(begun, self._account).read_answers()
        return answer.text, answer.finish_reason == "stop"
