"""The errors that a client is sent instead of an answer, with texts in Chinese and English.

ServerError                    has the status and the text in both languages; `param` and `code` are OpenAI's
├── EmptyQuestion         400  问题不能为空
├── MissingFields         400  参数不完整
├── BadBody               400  a body that is not the expected JSON
├── FieldRefused          400  a field that is not supported, or whose value is not; names the field
├── SchemaRefused         400  a JSON schema that answers cannot follow, with the cause
├── BadImage              400  图片处理失败, with the cause
│   ├── ImageTooBig       413  图片处理失败, more pixels than the limit
│   └── ImageNotFetched   400  图片处理失败, a URL that is not allowed or gave no picture
├── BodyTooLarge          413  with the limit
├── TooManyImages         413  with both counts
├── PromptTooBig          413  a prompt with more tokens than the limit, with both counts
├── RunTooBig             413  a run that is too large to be saved, with both sizes
├── KeyMissing            401  a request without a key, where the server has keys
├── KeyWrong              401  a key that is not valid, or no longer
├── Forbidden             403  a user's key where an operator's is needed
├── UnknownModel          404  a model name that is not served
├── NotStored             404  a session, turn, picture or run that the owner does not have
├── ClientGone            499  the client has left; only seen in logs and metrics
├── QueueFull             429  too many requests are running or waiting, with Retry-After
├── RateExceeded          429  the key's requests of a minute are used up, with Retry-After
├── TooManyStreams        429  too many requests of the key at once, with Retry-After
├── QuotaSpent            429  the key's tokens of the day are used up, with Retry-After until midnight UTC
├── RequestTimedOut       504  the answer took longer than the limit
├── EngineStopped         503  the server is stopping, or the engine has died, with Retry-After
├── StillLoading          503  the model is not loaded yet, with Retry-After
├── MemoryRanOut          503  the device has no memory left for this request beside the others, with Retry-After
├── StoreUnavailable      503  the database does not answer, with Retry-After
├── HTTPError             4xx  an error of the framework, such as a path or method that does not exist
└── InternalError         500  an unexpected error; the text has only the id of the request, which is in the log
"""

from server.errors.access import Forbidden, KeyMissing, KeyWrong, QueueFull, QuotaSpent, RateExceeded, TooManyStreams
from server.errors.bad_request import (
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
from server.errors.translation import translate_model_error, translate_store_error

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
    "translate_model_error",
    "translate_store_error",
]
