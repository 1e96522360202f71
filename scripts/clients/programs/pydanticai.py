"""Pydantic AI over chat completions and Responses: text, a picture, a tool, structured output, a stream."""

import asyncio
from typing import Literal

from common import CARD, MODEL, OPENAI_URL, PRICE, QUESTION, check
from pydantic import BaseModel
from pydantic_ai import Agent, BinaryContent, NativeOutput
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.openai import OpenAIProvider


class Item(BaseModel):
    kind: Literal["shirt", "dress"]
    is_cheap: bool


async def main() -> None:
    provider = OpenAIProvider(base_url=OPENAI_URL, api_key="none")
    settings = {"max_tokens": 64, "temperature": 0}
    picture = BinaryContent(CARD.read_bytes(), media_type="image/png")
    for kind, name in ((OpenAIChatModel, "chat"), (OpenAIResponsesModel, "Responses")):
        model = kind(MODEL, provider=provider)
        agent = Agent(model, model_settings=settings)
        answer = await agent.run([QUESTION, picture])
        check(f"{name}: picture", PRICE in answer.output, answer.output)
        async with agent.run_stream("hello") as streamed:
            check(f"{name}: stream", [text async for text in streamed.stream_text()])
        again = await agent.run("hello", message_history=answer.all_messages())
        check(f"{name}: a second turn", again.output is not None)
    item = await Agent(OpenAIChatModel(MODEL, provider=provider), output_type=NativeOutput(Item)).run("a shirt")
    check("structured output", isinstance(item.output, Item), item)


asyncio.run(main())
