"""The errors that `model/` raises, each with a message for the person who can correct the cause.

ModelError
├── LoadError            a checkpoint that cannot be served
├── OutOfMemory          one step needs more memory than the device has; a smaller one may succeed
├── DeviceError          the device is lost: no later step can succeed
└── InputError           a request that cannot be answered (also a ValueError)
    ├── ParameterError   a generation parameter that does not fit the others; carries its name
    ├── ImageError       bytes that are not a readable picture
    │   └── ImageTooLarge
    ├── SchemaError      a JSON schema that cannot be enforced
    ├── PromptTooLong    more tokens than the limit; carries both counts
    └── CacheTooSmall    more tokens, answer included, than the KV cache holds; carries both counts
"""

from typing import ClassVar


class ModelError(Exception):
    """Root of everything this package raises on purpose."""


class LoadError(ModelError):
    """The checkpoint is missing, damaged, or of another model, or the device cannot run it."""


class InputError(ModelError, ValueError):
    """The caller's messages, pictures or parameters cannot be used."""


class ParameterError(InputError):
    """A generation parameter does not fit the others.

    `cause` and `cause_zh`, in English and Chinese, follow the `name`; names in them are in braces, because clients may
    know the parameters under other ones.
    """

    def __init__(self, name: str, cause: str, cause_zh: str) -> None:
        super().__init__(f"{name} {cause.replace('{', '').replace('}', '')}")
        self.name = name
        self.cause = cause
        self.cause_zh = cause_zh


class ImageError(InputError):
    """The bytes are not a readable picture. `reason` is one of `REASONS`, for messages in other languages."""

    REASONS: ClassVar[tuple[str, ...]] = (
        "base64",
        "empty",
        "format",
        "vector",
        "depth",
        "damaged",
        "size",
        "ratio",
        "slow",
        "memory",
        "crash",
    )

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class ImageTooLarge(ImageError):
    """The picture has more pixels than the limit."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "size")


class SchemaError(InputError):
    """The JSON schema is invalid, or uses keywords that cannot be enforced.

    `reason` is one of `REASONS`, for messages in other languages, and `detail` what it is about, such as a keyword.
    `tool` is the function whose arguments the schema describes, None for the schema of the answer.
    """

    REASONS: ClassVar[dict[str, str]] = {
        "keyword": "it uses {}, which cannot be enforced",
        "type": "{} is no type of JSON",
        "form": "a keyword has a value of the wrong form",
        "unsatisfiable": "no answer could follow it",
        "reference": "a reference leads to nothing within the schema",
        "recursion": "a reference leads to itself without end",
        "one_of": "the branches of oneOf cannot be told apart by type, or by a const or enum of one property; "
        "anyOf needs no such difference",
        "pattern": "a pattern is no regular expression, or needs look-around or back-references",
        "surrogate": "a text in it has half of a character (a lone surrogate)",
        "number": "a number in it is too large",
        "depth": "it is nested too deeply",
        "size": "it is too large, or too complex",
        "arguments": "the arguments must be an object",
        "prefix": "the message to continue does not begin an answer of this form",
        "other": "it cannot be enforced",
    }

    def __init__(self, reason: str, detail: str = "", tool: str | None = None) -> None:
        text = self.REASONS[reason]
        sentence = f"{text}: {detail}" if detail and "{}" not in text else text.format(detail)
        super().__init__(f"the schema of the function {tool}: {sentence}" if tool else f"the schema: {sentence}")
        self.reason = reason
        self.detail = detail
        self.tool = tool


class PromptTooLong(InputError):
    """The prompt has `num_tokens`, which is over `limit`. Prompts are never cut.

    With `is_least`, tokenising stopped early and the prompt has at least `num_tokens`.
    """

    def __init__(self, num_tokens: int, limit: int, *, is_least: bool = False) -> None:
        super().__init__(f"the prompt has {'at least ' * is_least}{num_tokens} tokens, the limit is {limit}")
        self.num_tokens = num_tokens
        self.is_least = is_least
        self.limit = limit


class CacheTooSmall(InputError):
    """The request may need `num_tokens` places in the KV cache, answer included, which has only `limit`."""

    def __init__(self, num_tokens: int, limit: int) -> None:
        super().__init__(f"the request may need {num_tokens} places in the KV cache, which has {limit}")
        self.num_tokens = num_tokens
        self.limit = limit


class OutOfMemory(ModelError):
    """The device has not enough free memory for this step."""


class DeviceError(ModelError):
    """The device runs no more work for this process."""


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message, or its type's name where the message is empty."""
    return str(error).strip().split("\n", 1)[0] or type(error).__name__
