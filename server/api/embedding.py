"""What both dialects with embeddings share: the names of the model, and texts embedded for an account."""

from collections.abc import Sequence

from litestar.datastructures import State

from server.api.account import find_account
from server.api.error_response import AnyRequest
from server.api.model_names import ModelNames
from server.api.transport import run_while_connected
from server.errors import FieldRefused
from server.keys.account import Account
from server.library.embeddings import MAX_TEXTS, Embeddings, TextVectors, TokenMeter


def list_embedding_names(state: State) -> tuple[str, ...]:
    """Return the names of the embedding model; none where there is no model."""
    embeddings: Embeddings = state.embeddings
    return () if embeddings.label is None else ModelNames(embeddings.label, state.embedding_aliases).all


def choose_model(state: State, name: str | None) -> str:
    """Return the name that a request has for the embedding model, or else its own.

    Raises `EmbeddingModelMissing`, `UnknownModel`, and `FieldRefused` for the name of the chat model.
    """
    embeddings: Embeddings = state.embeddings
    label = embeddings.require().label
    names, chat = ModelNames(label, state.embedding_aliases), state.names
    if name is not None and name in chat.all and name not in names.all:
        raise FieldRefused("model", f"{name} makes no embeddings, {label} does", f"{name} 不做向量，请用 {label}")
    return names.choose(name)


async def embed_texts(
    request: AnyRequest, state: State, texts: Sequence[str], is_truncated: bool, param: str = "input"
) -> TextVectors:
    """Return the vectors of texts; their tokens are charged to the account, also where the client leaves.

    Raises `FieldRefused`, `QuotaSpent`, `TokenRateExceeded`, and as `Embeddings.embed()` does.
    """
    if len(texts) > MAX_TEXTS:
        raise FieldRefused(
            param, f"it has {len(texts)} texts, the limit is {MAX_TEXTS}", f"共 {len(texts)} 个文本，上限 {MAX_TEXTS}"
        )
    return await run_while_connected(request, _embed(state.embeddings, find_account(request), texts, is_truncated))


async def _embed(embeddings: Embeddings, account: Account, texts: Sequence[str], is_truncated: bool) -> TextVectors:
    account.check_rate()
    await account.check_quota()
    meter = TokenMeter()
    try:
        return await embeddings.embed(texts, account.owner, is_truncated, meter)
    finally:
        account.use(meter.num_tokens)
        account.spend(meter.num_tokens)
