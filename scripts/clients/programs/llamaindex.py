"""LlamaIndex over OpenAILike and Ollama: chat, streams, pictures, tools, structured output, completion."""

from typing import Literal

from common import CARD, MODEL, OPENAI_URL, PRICE, QUESTION, URL, check
from llama_index.core.llms import ChatMessage, ImageBlock, MessageRole, TextBlock
from llama_index.core.tools import FunctionTool
from llama_index.llms.ollama import Ollama
from llama_index.llms.openai_like import OpenAILike


def look_up(kind: Literal["order", "parcel"]) -> str:
    """Look an order or a parcel up."""
    return f"the {kind} is on its way"


def ask_openai() -> None:
    common = {"api_base": OPENAI_URL, "api_key": "none", "model": MODEL, "max_tokens": 64, "temperature": 0}
    llm = OpenAILike(is_chat_model=True, is_function_calling_model=True, **common)
    check("complete over chat", llm.complete("hello").text)
    check("stream", list(llm.stream_chat([ChatMessage("hello")])))
    message = ChatMessage(role=MessageRole.USER, blocks=[ImageBlock(path=CARD), TextBlock(text=QUESTION)])
    answer = llm.chat([ChatMessage("Be brief.", role="system"), message])
    check("picture", PRICE in answer.message.content, answer)
    tools = [FunctionTool.from_defaults(look_up)]
    forced = llm.chat_with_tools(tools, user_msg="where is order 7?", tool_required=True)
    check("tool call", llm.get_tool_calls_from_response(forced)[0].tool_name == "look_up", forced)
    check("completions", OpenAILike(is_chat_model=False, **common).complete("Once upon").text is not None)


def ask_ollama() -> None:
    llm = Ollama(base_url=URL, model=MODEL, temperature=0, request_timeout=120, additional_kwargs={"num_predict": 64})
    message = ChatMessage(role=MessageRole.USER, blocks=[ImageBlock(path=CARD), TextBlock(text=QUESTION)])
    answer = llm.chat([message])
    check("Ollama: picture", PRICE in answer.message.content, answer)


ask_openai()
ask_ollama()
