"""The errors that a client is sent instead of an answer, with texts in Chinese and English.

ServerError                    has the status and the text in both languages; `param` and `code` are OpenAI's
├── EmptyQuestion         400  问题不能为空
├── MissingFields         400  参数不完整
├── BadBody               400  a body that is not the expected JSON
├── FieldRefused          400  a field that is not supported, or whose value is not; names the field
├── PreviousResponseNotFound  400  a response to be followed that the owner does not have
├── SchemaRefused         400  a JSON schema that answers cannot follow, with the cause
├── BadImage              400  图片处理失败, with the cause
│   ├── ImageTooBig       413  图片处理失败, more pixels than the limit
│   └── ImageNotFetched   400  图片处理失败, a URL that is not allowed or gave no picture
├── ClipRefused           4xx  a clip that cannot be shown to the model, with the cause
├── DocumentRefused       4xx  a document that cannot be read, with the cause
├── DocumentTooBig        413  a document with more bytes than the limit
├── DocumentTooLong       413  a question that all of a document would have to be read for, which is too long for that
├── LibraryTooFull        413  as many documents, bytes of them, or collections as there may be
├── BodyTooLarge          413  with the limit
├── TooManyImages         413  with both counts
├── TooManyParts          413  more messages and parts of messages than the limit, with both counts
├── BodyTooComplex        413  more values in the JSON than the limit, with both counts
├── PicturesTooBig        413  pictures that take more memory than there is for all of them, with both sizes
├── PromptTooBig          413  a prompt with more tokens than the limit, with both counts
│   └── InputTooLong      400  the same where OpenAI's Responses API has this status
├── RunTooBig             413  a run that is too large to be saved, with both sizes
├── KeyMissing            401  a request without a key, where the server has keys
├── KeyWrong              401  a key that is not valid, or no longer
├── Forbidden             403  a user's key where an operator's is needed
├── CustomerTokenWrong    401  a customer's token that is not valid, or no longer, with the cause
├── CustomerForbidden     403  a route or a field that is not open to customers' tokens
├── NotACustomer          403  a key, or no token, where a customer's token is needed
├── TokenForbidden        403  an agent's key where customers' tokens are made
├── AnonymousRefused      403  a visitor without a token, where the operator lets none in
├── ProfileForbidden      403  a profile that the key may not choose, with those that it may
├── DeskForbidden         403  a key that is neither an agent's nor an operator's at the desk
├── HandoverRefused       409  a session that is not in a state for what is asked, or is with another person
├── DeskBusy              429  as many sessions wait for a person as may, with Retry-After
├── DeskStreamsFull       429  as many pages follow what happens in sessions as may, with Retry-After
├── TooManyCanned         413  as many canned answers as a shop may have, with the limit
├── OriginRefused         403  a page of another origin asks, where the server has no keys
├── HostRefused           421  a host that is not the server's, where it has no keys
├── BodyTypeRefused       415  a body that is not JSON by its type, where the server has no keys
├── BodyEncodingRefused   415  a body that is compressed in a way that is not known here
├── UnknownModel          404  a model name that is not served
├── NotStored             404  a session, turn, picture, run, response, document, page or table the owner does not have;
│                              a collection, an entity, a question or an action that there is not
├── PageNotDrawn          404  a picture of a page is asked for of a document that is neither PDF nor picture
├── ActionNotPending      409  a call that changes data waits for no answer any more, with its state
├── DocumentFollowed      409  what is to be deleted of the knowledge base is in the folder that the server follows
├── RequestTooSlow        408  a head or a body that has not come in time
├── MalformedRequest      4xx  what breaks a rule of HTTP, or asks for a part of it that is not there: 5xx too
├── ClientGone            499  the client has left; only seen in logs and metrics
├── QueueFull             429  too many requests are running or waiting, with Retry-After
├── BodyMemoryFull        429  bodies of other requests take all the memory for bodies, with Retry-After
├── PicturesBusy          429  too many pictures are being worked on, with Retry-After
├── DocumentsBusy         429  too many documents wait to be read, with Retry-After
├── RateExceeded          429  the key's requests of a minute are used up, with Retry-After
├── TokenRateExceeded     429  the key's tokens of a minute are used up, with Retry-After
├── TooManyStreams        429  too many requests of the key at once, with Retry-After
├── CustomerRateExceeded  429  the customer's requests of a minute are used up, with Retry-After
├── TooManyCustomerStreams  429  too many requests of the customer at once, with Retry-After
├── AnonymousRateExceeded  429  too many visitors asked for a token of their own, with Retry-After
├── QuotaSpent            429  the key's tokens of the day are used up, with Retry-After until midnight UTC
├── RequestTimedOut       504  the answer took longer than the limit
├── EngineStopped         503  the server is stopping, or the engine has died, with Retry-After
├── TooManyConnections    503  more connections than the limit, with Retry-After
├── StillLoading          503  the model is not loaded yet, with Retry-After
├── MemoryRanOut          503  the device has no memory left for this request beside the others, with Retry-After
├── ResourcesSpent        503  a disk is full, or the system has no more files or processes, with Retry-After
├── DocumentUnread        503  a document that was not read to its end in time for a question, with Retry-After
├── TextTooLong           400  a text with more tokens than the embedding model reads
├── TextsTooLong          413  texts to embed that are too long together, with both counts
├── EmbeddingsBusy        429  too many texts wait to be embedded, with Retry-After
├── EmbeddingModelMissing 501  embeddings are asked for of a server that has no model for them
├── FontMissing           501  a chart has characters that no font of the system has
├── StoreUnavailable      503  the database does not answer, with Retry-After
├── SearchTooSlow         503  a search among sessions that took too long, with the limit and Retry-After
├── RouteNotFound         404  a path that the server does not have, with the one that was probably meant
├── WidgetOff             404  the chat window for pages of shops, where no origin may show it
├── MethodNotAllowed      405  a method that the path does not have, with Allow
├── HTTPError             4xx  another error of the framework
└── InternalError         500  an unexpected error; the text has only the id of the request, which is in the log
"""

from server.errors.access import (
    BodyTypeRefused,
    Forbidden,
    HostRefused,
    KeyMissing,
    KeyWrong,
    OriginRefused,
    ProfileForbidden,
    QueueFull,
    QuotaSpent,
    RateExceeded,
    TokenRateExceeded,
    TooManyStreams,
)
from server.errors.actions import ActionNotPending
from server.errors.bad_request import (
    BadBody,
    BadImage,
    BodyEncodingRefused,
    BodyTooLarge,
    EmptyQuestion,
    FieldRefused,
    ImageNotFetched,
    ImageTooBig,
    InputTooLong,
    MissingFields,
    NotStored,
    PreviousResponseNotFound,
    PromptTooBig,
    RunTooBig,
    SchemaRefused,
    TooManyImages,
    UnknownModel,
)
from server.errors.base import ServerError
from server.errors.customers import (
    AnonymousRateExceeded,
    AnonymousRefused,
    CustomerForbidden,
    CustomerRateExceeded,
    CustomerTokenWrong,
    NotACustomer,
    TokenForbidden,
    TooManyCustomerStreams,
)
from server.errors.documents import (
    ClipRefused,
    DocumentFollowed,
    DocumentRefused,
    DocumentsBusy,
    DocumentTooBig,
    DocumentTooLong,
    DocumentUnread,
    FontMissing,
    LibraryTooFull,
    PageNotDrawn,
)
from server.errors.embeddings import EmbeddingModelMissing, EmbeddingsBusy, TextsTooLong, TextTooLong
from server.errors.handover import DeskBusy, DeskForbidden, DeskStreamsFull, HandoverRefused, TooManyCanned
from server.errors.pictures import PicturesBusy, PicturesTooBig
from server.errors.receiving import (
    BodyMemoryFull,
    BodyTooComplex,
    MalformedRequest,
    RequestTooSlow,
    TooManyConnections,
    TooManyParts,
)
from server.errors.serving import (
    ClientGone,
    EngineStopped,
    HTTPError,
    InternalError,
    MemoryRanOut,
    MethodNotAllowed,
    RequestTimedOut,
    ResourcesSpent,
    RouteNotFound,
    SearchTooSlow,
    StillLoading,
    StoreUnavailable,
    WidgetOff,
)
from server.errors.translation import has_spent_resources, translate_model_error, translate_store_error

__all__ = [
    "ActionNotPending",
    "AnonymousRateExceeded",
    "AnonymousRefused",
    "BadBody",
    "BadImage",
    "BodyEncodingRefused",
    "BodyMemoryFull",
    "BodyTooComplex",
    "BodyTooLarge",
    "BodyTypeRefused",
    "ClientGone",
    "ClipRefused",
    "CustomerForbidden",
    "CustomerRateExceeded",
    "CustomerTokenWrong",
    "DeskBusy",
    "DeskForbidden",
    "DeskStreamsFull",
    "DocumentFollowed",
    "DocumentRefused",
    "DocumentTooBig",
    "DocumentTooLong",
    "DocumentUnread",
    "DocumentsBusy",
    "EmbeddingModelMissing",
    "EmbeddingsBusy",
    "EmptyQuestion",
    "EngineStopped",
    "FieldRefused",
    "FontMissing",
    "Forbidden",
    "HTTPError",
    "HandoverRefused",
    "HostRefused",
    "ImageNotFetched",
    "ImageTooBig",
    "InputTooLong",
    "InternalError",
    "KeyMissing",
    "KeyWrong",
    "LibraryTooFull",
    "MalformedRequest",
    "MemoryRanOut",
    "MethodNotAllowed",
    "MissingFields",
    "NotACustomer",
    "NotStored",
    "OriginRefused",
    "PageNotDrawn",
    "PicturesBusy",
    "PicturesTooBig",
    "PreviousResponseNotFound",
    "ProfileForbidden",
    "PromptTooBig",
    "QueueFull",
    "QuotaSpent",
    "RateExceeded",
    "RequestTimedOut",
    "RequestTooSlow",
    "ResourcesSpent",
    "RouteNotFound",
    "RunTooBig",
    "SchemaRefused",
    "SearchTooSlow",
    "ServerError",
    "StillLoading",
    "StoreUnavailable",
    "TextTooLong",
    "TextsTooLong",
    "TokenForbidden",
    "TokenRateExceeded",
    "TooManyCanned",
    "TooManyConnections",
    "TooManyCustomerStreams",
    "TooManyImages",
    "TooManyParts",
    "TooManyStreams",
    "UnknownModel",
    "WidgetOff",
    "has_spent_resources",
    "translate_model_error",
    "translate_store_error",
]
