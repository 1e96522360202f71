"""The model, asked on an account for what a request needs besides an answer."""

import pytest

from server.keys.account import Account
from server.pipeline.account_model import AccountModel
from tests.helpers.fakes import FakeChatModel
from tests.helpers.turns import open_turns, question

pytestmark = pytest.mark.anyio


class CountingAccount(Account):
    """An account that counts what is spent."""

    spent: list[int]

    def spend(self, num_tokens: int) -> None:
        self.spent.append(num_tokens)


def make_account() -> CountingAccount:
    account = CountingAccount()
    object.__setattr__(account, "spent", [])
    return account


async def test_an_answer_is_complete_and_charged_once() -> None:
    account = make_account()
    async with open_turns(FakeChatModel()) as turns:
        assert await AccountModel(turns, account).ask(question("hello")) == ("0/1: hello", True)
    assert len(account.spent) == 1
    assert account.spent[0] > len("hello")


async def test_an_answer_that_is_cut_off_is_told() -> None:
    async with open_turns(FakeChatModel()) as turns:
        answer = await AccountModel(turns, make_account()).ask(question("hello", max_new_tokens=3))
    assert answer == ("0/1", False)


async def test_no_more_tokens_are_asked_for_than_the_server_allows() -> None:
    fake = FakeChatModel()
    async with open_turns(fake) as turns:
        await AccountModel(turns, make_account()).ask(question("hello", max_new_tokens=10**6))
        assert fake.options["max_new_tokens"] == turns.limits.max_new_tokens
