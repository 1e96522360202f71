"""The bodies of `/api/generate`, `/api/chat` and `/api/show`. Fields that are not here are refused by name.

Every optional field may be null, which is the same as leaving it out: clients in other languages send it so.

An option whose name is a parameter's of the model (`SamplingParams`, `PromptOptions`) sets that one, see `turn.py`.

Reference: https://github.com/ollama/ollama/blob/main/docs/api.md
"""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from model.sampling import MinP, NumLogprobs, Penalty, RepetitionPenalty, Temperature, TopK, TopP
from server.api.openai.request import Name

Images = list[str]
"""Pictures in base64, with or without the prefix of a data URL."""


class Options(Struct, forbid_unknown_fields=True, kw_only=True):
    """Generation parameters. `num_predict` under 0 is the server's limit.

    The fields from `num_batch` on say how Ollama loads a model; they have no effect.
    """

    num_predict: int | None = None
    num_ctx: Annotated[int, Meta(ge=1)] | None = None
    temperature: Temperature | None = None
    top_p: TopP | None = None
    top_k: TopK | None = None
    min_p: MinP | None = None
    seed: int | None = None
    stop: str | list[str] | None = None
    repeat_penalty: RepetitionPenalty | None = None
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
    """A message; an empty `content` may be missing. `tool_name` is the function's and not needed: the call has it."""

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
    """What `/api/generate` and `/api/chat` share. `keep_alive` has no effect: the model stays loaded."""

    model: str
    stream: bool | None = True
    format: Literal["", "json"] | dict[str, Any] | None = None
    options: Options | None = None
    keep_alive: str | float | None = None
    think: Literal[False] | None = None
    logprobs: bool | None = None
    top_logprobs: NumLogprobs | None = None


class GenerateRequest(Request, forbid_unknown_fields=True, kw_only=True):
    """The body of `/api/generate`. `suffix`, `template`, `raw` and `context` are taken only where they are empty."""

    prompt: str | None = None
    system: str | None = None
    images: Images | None = None
    suffix: Literal[""] | None = None
    template: Literal[""] | None = None
    raw: Literal[False] | None = None
    context: Annotated[list[int], Meta(max_length=0)] | None = None


class ChatRequest(Request, forbid_unknown_fields=True, kw_only=True):
    """The body of `/api/chat`."""

    messages: list[Message] | None = None
    tools: list[Tool] | None = None


class ShowRequest(Struct, forbid_unknown_fields=True):
    """The body of `/api/show`. Older clients call the model's name `name`."""

    model: str | None = None
    name: str | None = None
    verbose: bool | None = None
