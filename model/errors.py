"""What can go wrong in `model/`, each with a sentence meant for the person who can mend it.

ModelError
├── LoadError            a checkpoint that cannot be served
├── OutOfMemory          a step's; with less in it the next may go well
├── DeviceFailed         no step goes well any more
└── InputError           a request that cannot be answered (also a ValueError)
    ├── ImageError       bytes that are no readable picture
    │   └── ImageTooLarge
    ├── SchemaError      a JSON schema that no answer can be held to
    ├── PromptTooLong    more tokens than the limit; carries both counts
    └── CacheTooSmall    more tokens, answer included, than the KV cache holds
"""

from typing import ClassVar


class ModelError(Exception):
    """Root of everything this package raises on purpose."""


class LoadError(ModelError):
    """The checkpoint is missing, damaged, or of another model."""


class InputError(ModelError, ValueError):
    """The caller's messages, pictures or parameters cannot be used."""


class ImageError(InputError):
    """The bytes are not a picture that can be read. `reason` is one of `REASONS`, for texts in other languages."""

    REASONS: ClassVar[tuple[str, ...]] = ("base64", "empty", "format", "damaged", "size")

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class ImageTooLarge(ImageError):
    """The picture has more pixels than the limit."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "size")


class SchemaError(InputError):
    """The schema is none, or uses what cannot be enforced. `tool` is the function it belongs to, if any.

    Of the cause that llguidance gives, its own state and the whole grammar after it are left out.
    """

    def __init__(self, cause: str, tool: str | None = None) -> None:
        sentence = " ".join(cause.partition("<state>")[0].split())
        super().__init__(f"the schema of the function {tool}: {sentence}" if tool else f"the schema: {sentence}")
        self.tool = tool


class PromptTooLong(InputError):
    """The prompt has `num_tokens`, which is over `limit`. Prompts are never cut.

    `is_least`: it has more, which nobody has counted.
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
    """The device has no memory left for what was asked."""


class DeviceFailed(ModelError):
    """The device takes no more work in this process."""


def first_line(error: BaseException) -> str:
    """Of what an error says, its kind where it says nothing: libraries' messages may have many lines."""
    return str(error).strip().split("\n", 1)[0] or type(error).__name__
