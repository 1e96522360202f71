"""smolagents: its model class with a picture, and an agent that calls a tool and ends with an answer."""

from common import CARD, MODEL, OPENAI_URL, PRICE, QUESTION, check
from PIL import Image
from smolagents import ChatMessage, MessageRole, OpenAIServerModel, ToolCallingAgent, tool


@tool
def look_up(number: str) -> str:
    """Look an order up.

    Args:
        number: the order's number
    """
    return f"order {number} is on its way"


model = OpenAIServerModel(MODEL, api_base=OPENAI_URL, api_key="none", max_tokens=256, temperature=0)
picture = {"type": "image", "image": Image.open(CARD)}
message = ChatMessage(role=MessageRole.USER, content=[picture, {"type": "text", "text": QUESTION}])
answer = model.generate([message])
check("picture", PRICE in answer.content, answer.content)
check("stop sequences", model.generate([message], stop_sequences=["Observation:"]).content)
check("stream", list(model.generate_stream([message])))
agent = ToolCallingAgent(tools=[look_up], model=model, max_steps=2, verbosity_level=0)
check("agent with a tool", agent.run("Where is order 7?", max_steps=2) is not None)
