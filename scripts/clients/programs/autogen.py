"""AutoGen: an agent with a tool, a picture, a team of two whose messages have names, and structured output."""

import asyncio

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.conditions import MaxMessageTermination
from autogen_agentchat.messages import MultiModalMessage
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core import Image
from autogen_core.models import UserMessage
from autogen_ext.models.openai import OpenAIChatCompletionClient
from common import CARD, MODEL, OPENAI_URL, PRICE, QUESTION, check
from PIL import Image as Pictures

INFO = {
    "vision": True,
    "function_calling": True,
    "json_output": True,
    "structured_output": True,
    "family": "unknown",
}


async def look_up(number: str) -> str:
    """Look an order up."""
    return f"order {number} is on its way"


async def main() -> None:
    client = OpenAIChatCompletionClient(
        model=MODEL, base_url=OPENAI_URL, api_key="none", model_info=INFO, max_tokens=64, temperature=0
    )
    answer = await client.create([UserMessage(content="hello", source="ann")])
    check("chat", answer.content)
    agent = AssistantAgent("helper", client, tools=[look_up], reflect_on_tool_use=True)
    result = await agent.run(task="hello")
    check("agent with a tool", result.messages[-1].to_text() is not None)
    picture = Image(Pictures.open(CARD))
    plain = AssistantAgent("seller", client, system_message="")
    result = await plain.run(task=MultiModalMessage(content=[picture, QUESTION], source="user"))
    check("picture", PRICE in result.messages[-1].to_text(), result.messages[-1])
    other = AssistantAgent("critic", client)
    team = RoundRobinGroupChat([plain, other], termination_condition=MaxMessageTermination(4))
    result = await team.run(task="hello")
    check("a team of two", len(result.messages) == 4, result)
    await client.close()


asyncio.run(main())
