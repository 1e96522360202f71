"""`python -m tests.helpers.acting_server URL ...`: the fake server, whose tools are a shop at URL."""

import sys
from collections.abc import Mapping
from functools import partial
from typing import Any

import httpx

from server.__main__ import leave, main
from server.app import create_app
from server.keys.customer import Customer
from server.process import application
from server.settings.settings import Settings
from server.store.knowledge_records import TextLanguage
from server.tools.protocols import ToolText
from server.tools.result import ToolResult
from tests.helpers.fakes import FakeChatModel


class RemoteShop:
    """Runs tools by requests to a shop."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def run(
        self,
        tool: str,
        arguments: Mapping[str, Any],
        customer: Customer | None,  # noqa: ARG002
        idempotency_key: str,
    ) -> ToolResult:
        headers = {"Idempotency-Key": idempotency_key}
        async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
            response = await client.post(f"{self._url}/{tool}", json=dict(arguments), headers=headers)
        return ToolResult("done", response.json())

    def find_text(self, tool: str, kind: ToolText, language: TextLanguage) -> str | None:  # noqa: ARG002
        return None


def fake_load(_: Settings) -> FakeChatModel:
    return FakeChatModel()


if __name__ == "__main__":
    shop = RemoteShop(sys.argv.pop(1))
    application.load_model = fake_load  # type: ignore[assignment]
    application.create_app = partial(create_app, runner=shop)  # type: ignore[attr-defined]
    leave(main())
