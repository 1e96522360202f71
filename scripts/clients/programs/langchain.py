"""LangChain over all three of its packages: chat, streams, pictures, tools, structured output, a long dialogue."""

from typing import Literal

from common import CARD_TEXT, CARD_URL, MODEL, OPENAI_URL, PRICE, QUESTION, URL, check
from langchain_anthropic import ChatAnthropic
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from langchain_ollama import ChatOllama
from langchain_openai import ChatOpenAI
from pydantic import BaseModel


class Item(BaseModel):
    kind: Literal["shirt", "dress"]
    is_cheap: bool


@tool
def look_up(kind: Literal["order", "parcel"]) -> str:
    """Look an order or a parcel up."""
    return f"the {kind} is on its way"


def ask_openai() -> None:
    chat = ChatOpenAI(base_url=OPENAI_URL, api_key="none", model=MODEL, temperature=0, max_tokens=64, stream_usage=True)
    check("chat", chat.invoke("hello").content)
    pieces = list(chat.stream("hello"))
    check("stream with usage", pieces and any(piece.usage_metadata for piece in pieces), pieces)
    picture = [{"type": "image_url", "image_url": {"url": CARD_URL}}, {"type": "text", "text": QUESTION}]
    answer = chat.invoke([SystemMessage("Be brief."), HumanMessage(picture, name="ann")])
    check("picture", PRICE in answer.content, answer.content)
    block = {"type": "image", "base64": CARD_TEXT, "mime_type": "image/png"}
    answer = chat.invoke([HumanMessage([block, {"type": "text", "text": QUESTION}])])
    check("picture as a standard block", PRICE in answer.content, answer.content)
    forced = chat.bind_tools([look_up], tool_choice="any").invoke("where is order 7?")
    check("tool call", forced.tool_calls and forced.tool_calls[0]["name"] == "look_up", forced)
    call = forced.tool_calls[0]
    dialogue = [HumanMessage("where is order 7?"), forced, ToolMessage("on its way", tool_call_id=call["id"])]
    check("tool result", chat.invoke(dialogue).content is not None)
    item = chat.with_structured_output(Item, method="json_schema").invoke("a shirt for 299")
    check("structured output", isinstance(item, Item), item)
    check("assistant last", chat.invoke([HumanMessage("hello"), AIMessage("I am")]).content is not None)
    responses = ChatOpenAI(base_url=OPENAI_URL, api_key="none", model=MODEL, use_responses_api=True, max_tokens=64)
    answer = responses.invoke([HumanMessage(picture)])
    check("Responses API with a picture", PRICE in answer.text, answer)


def ask_ollama() -> None:
    chat = ChatOllama(base_url=URL, model=MODEL, temperature=0, num_predict=64)
    answer = chat.invoke(
        [HumanMessage([{"type": "text", "text": QUESTION}, {"type": "image_url", "image_url": CARD_URL}])]
    )
    check("Ollama: picture", PRICE in answer.content, answer.content)
    check("Ollama: stream", list(chat.stream("hello")))


def ask_anthropic() -> None:
    chat = ChatAnthropic(base_url=URL, api_key="none", model=MODEL, max_tokens=64, temperature=0)
    source = {"type": "base64", "media_type": "image/png", "data": CARD_TEXT}
    answer = chat.invoke([HumanMessage([{"type": "image", "source": source}, {"type": "text", "text": QUESTION}])])
    check("Anthropic: picture", PRICE in answer.text, answer)
    check("Anthropic: stream", list(chat.stream("hello")))


ask_openai()
ask_ollama()
ask_anthropic()
