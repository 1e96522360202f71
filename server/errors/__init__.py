"""What a request can end in other than an answer, in Chinese and English.

ServerError                    carries the status and the text in both languages; `param` and `code` are OpenAI's
├── EmptyQuestion         400  问题不能为空
├── MissingFields         400  参数不完整
├── BadBody               400  a body that is not the JSON asked for
├── FieldRefused          400  a field that is not supported, or whose value is not, by its name
├── SchemaRefused         400  a schema that no answer can be held to, with the cause
├── BadImage              400  图片处理失败, with the cause
│   ├── ImageTooBig       413  图片处理失败, with both numbers
│   └── ImageNotFetched   400  图片处理失败: a URL that is not allowed, or gave no picture
├── BodyTooLarge          413  with the limit
├── TooManyImages         413  with both counts
├── PromptTooBig          413  a turn that cannot fit, with both counts
├── RunTooBig             413  a run to be saved, with both sizes
├── KeyMissing            401  a request without a key, where the server has keys
├── KeyWrong              401  a key that is none, or none any more
├── Forbidden             403  a key that may not read what concerns all
├── UnknownModel          404  a name that is not served
├── NotStored             404  a session, a turn or a picture that the owner does not have
├── ClientGone            499  the client has left; nobody reads this
├── QueueFull             429  so many requests are running or waiting already, with Retry-After
├── RateExceeded          429  the key's requests of a minute are used up, with Retry-After
├── TooManyStreams        429  so many requests of the key are in hand already, with Retry-After
├── QuotaSpent            429  the key's tokens of the day are used up, with Retry-After until midnight UTC
├── RequestTimedOut       504  the answer took longer than the limit
├── EngineStopped         503  the server is stopping, or the engine has died, with Retry-After
├── StillLoading          503  the model is not loaded yet, with Retry-After
├── MemoryRanOut          503  the device has no memory left for this request beside the others, with Retry-After
├── StoreUnavailable      503  the database does not answer, with Retry-After
├── HTTPError             4xx  what the framework refuses: a path, a method, a body over the limit
└── InternalError         500  the id of the request, which the log has too, and no more
"""

from server.errors.access import Forbidden, KeyMissing, KeyWrong, QueueFull, QuotaSpent, RateExceeded, TooManyStreams
from server.errors.asked import (
    BadBody,
    BadImage,
    BodyTooLarge,
    EmptyQuestion,
    FieldRefused,
    ImageNotFetched,
    ImageTooBig,
    MissingFields,
    NotStored,
    PromptTooBig,
    RunTooBig,
    SchemaRefused,
    TooManyImages,
    UnknownModel,
)
from server.errors.base import ServerError
from server.errors.serving import (
    ClientGone,
    EngineStopped,
    HTTPError,
    InternalError,
    MemoryRanOut,
    RequestTimedOut,
    StillLoading,
    StoreUnavailable,
)
from server.errors.translation import from_model, from_store

__all__ = [
    "BadBody",
    "BadImage",
    "BodyTooLarge",
    "ClientGone",
    "EmptyQuestion",
    "EngineStopped",
    "FieldRefused",
    "Forbidden",
    "HTTPError",
    "ImageNotFetched",
    "ImageTooBig",
    "InternalError",
    "KeyMissing",
    "KeyWrong",
    "MemoryRanOut",
    "MissingFields",
    "NotStored",
    "PromptTooBig",
    "QueueFull",
    "QuotaSpent",
    "RateExceeded",
    "RequestTimedOut",
    "RunTooBig",
    "SchemaRefused",
    "ServerError",
    "StillLoading",
    "StoreUnavailable",
    "TooManyImages",
    "TooManyStreams",
    "UnknownModel",
    "from_model",
    "from_store",
]
