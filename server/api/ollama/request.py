"""The bodies of Ollama's routes. Fields that are not here are ignored and told; those in `REFUSED` are refused by name.

Every optional field may be null, which is the same as leaving it out: clients in other languages send it so.

An option whose name is a parameter's of the model (`SamplingParams`, `PromptOptions`) sets that one, see `turn.py`.

Reference: https://github.com/ollama/ollama/blob/main/docs/api.md
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from model.sampling import MinP, NumLogprobs, Penalty
from server.api.openai.refused import DRAWING, FORMATS, TOKENS, Values
from server.api.openai.request import Name
from server.api.unknown_fields import Fields

Images = list[str]
"""Pictures in base64, with or without the prefix of a data URL."""


class Options(Fields, kw_only=True):
    """Generation parameters. Values that Ollama reads as "not set" or "no limit" are taken as that, see `turn.py`.

    The fields from `num_batch` on say how Ollama loads a model; they have no effect.
    """

    REFUSED: ClassVar[Mapping[str, Values]] = {
        **dict.fromkeys((*FORMATS, *DRAWING, *TOKENS, "logit_bias"), ()),
        **dict.fromkeys(("tfs_z", "typical_p", "num_beams"), (1,)),
    }

    num_predict: int | None = None
    num_ctx: int | None = None
    temperature: Annotated[float, Meta(ge=0)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    top_k: int | None = None
    min_p: MinP | None = None
    seed: int | None = None
    stop: str | list[str] | None = None
    repeat_penalty: Annotated[float, Meta(ge=0, le=2)] | None = None
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


class CalledFunction(Fields):
    """A call that was made. `arguments` is an object; some clients send it as JSON text."""

    name: Name
    arguments: dict[str, Any] | str | None = None
    description: str | None = None
    index: int | None = None


class Call(Fields):
    function: CalledFunction
    id: str | None = None
    type: Literal["function"] | None = None


class Message(Fields):
    """A message; an empty `content` may be missing.

    The result of a tool names its call by `tool_call_id` or by the function's name; without either, by its place.
    `developer` and `function` are what OpenAI's clients call `system` and `tool`.
    """

    role: Literal["system", "user", "assistant", "tool", "developer", "function"]
    content: str | None = None
    images: Images | None = None
    tool_calls: list[Call] | None = None
    tool_name: str | None = None
    tool_call_id: str | None = None


class Function(Fields):
    name: Name
    description: str | None = None
    parameters: dict[str, Any] | None = None


class Tool(Fields):
    function: Function
    type: Literal["function"] | None = None


class Request(Fields, kw_only=True):
    """What `/api/generate` and `/api/chat` share. `keep_alive` has no effect: the model stays loaded."""

    REFUSED: ClassVar[Mapping[str, Values]] = {**dict.fromkeys(FORMATS, ()), "response_format": ({"type": "text"},)}

    model: str
    stream: bool | None = True
    format: Literal["", "json"] | dict[str, Any] | None = None
    options: Options | None = None
    keep_alive: Any = None
    think: Any = None
    logprobs: bool | None = None
    top_logprobs: NumLogprobs | None = None


class GenerateRequest(Request, kw_only=True):
    """The body of `/api/generate`. With `raw` the prompt is what the model is given, without a template.

    `context` is that of an earlier answer, which this one goes on from.
    """

    REFUSED: ClassVar[Mapping[str, Values]] = {**Request.REFUSED, "template": (), "suffix": ()}

    prompt: str | None = None
    system: str | None = None
    images: Images | None = None
    raw: bool | None = None
    context: list[int] | None = None


class ChatRequest(Request, kw_only=True):
    """The body of `/api/chat`."""

    messages: list[Message] | None = None
    tools: list[Tool] | None = None


class NamedModel(Fields):
    """The body of `/api/show` and `/api/pull`. Older clients call the model's name `name`."""

    model: str | None = None
    name: str | None = None


class ShowRequest(NamedModel):
    verbose: bool | None = None


class PullRequest(NamedModel):
    stream: bool | None = True
    insecure: bool | None = None
