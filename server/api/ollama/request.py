"""The bodies of `/api/generate`, `/api/chat` and `/api/show`. What is not here is refused by name.

A field that is null counts as one that is left out: clients in other languages write it so.

Reference: https://github.com/ollama/ollama/blob/main/docs/api.md
"""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from server.api.openai.request import Name, Penalty, Share

Images = list[str]
"""Base64, without a data URL's prefix or with one."""


class Options(Struct, forbid_unknown_fields=True, kw_only=True):
    """`num_predict` under 0 is as long as the server lets it. What only says how Ollama loads a model has no effect."""

    num_predict: int | None = None
    num_ctx: Annotated[int, Meta(ge=1)] | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Share | None = None
    top_k: Annotated[int, Meta(ge=0)] | None = None
    min_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    seed: int | None = None
    stop: str | list[str] | None = None
    repeat_penalty: Annotated[float, Meta(gt=0, le=2)] | None = None
    presence_penalty: Penalty | None = None
    frequency_penalty: Penalty | None = None

    num_batch: int | None = None
    num_gpu: int | None = None
    main_gpu: int | None = None
    num_thread: int | None = None
    numa: bool | None = None
    low_vram: bool | None = None
    use_mmap: bool | None = None
    use_mlock: bool | None = None


class CalledFunction(Struct, forbid_unknown_fields=True):
    name: Name
    arguments: dict[str, Any] | None = None
    description: str | None = None
    index: int | None = None


class Call(Struct, forbid_unknown_fields=True):
    function: CalledFunction
    id: str | None = None
    type: Literal["function"] = "function"


class Message(Struct, forbid_unknown_fields=True):
    """Clients drop an empty content. `tool_name` is the function's, which its call has too."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str | None = None
    images: Images | None = None
    tool_calls: list[Call] | None = None
    tool_name: str | None = None
    tool_call_id: str | None = None
    thinking: Literal[""] | None = None


class Function(Struct, forbid_unknown_fields=True):
    name: Name
    description: str | None = None
    parameters: dict[str, Any] | None = None


class Tool(Struct, forbid_unknown_fields=True):
    function: Function
    type: Literal["function"] = "function"


class Request(Struct, forbid_unknown_fields=True, kw_only=True):
    """What both ways of asking share. `keep_alive` has no effect: the model stays."""

    model: str
    stream: bool | None = True
    format: Literal["", "json"] | dict[str, Any] | None = None
    options: Options | None = None
    keep_alive: str | float | None = None
    think: Literal[False] | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Meta(ge=0, le=20)] | None = None


class GenerateRequest(Request, forbid_unknown_fields=True, kw_only=True):
    """Empty values of `suffix`, `template`, `raw` and `context` ask for nothing; others are refused."""

    prompt: str | None = None
    system: str | None = None
    images: Images | None = None
    suffix: Literal[""] | None = None
    template: Literal[""] | None = None
    raw: Literal[False] | None = None
    context: Annotated[list[int], Meta(max_length=0)] | None = None


class ChatRequest(Request, forbid_unknown_fields=True, kw_only=True):
    messages: list[Message] | None = None
    tools: list[Tool] | None = None


class ShowRequest(Struct, forbid_unknown_fields=True):
    """`name` is what older clients say."""

    model: str | None = None
    name: str | None = None
    verbose: bool | None = None
