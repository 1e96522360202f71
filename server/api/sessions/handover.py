"""`/sessions/{id}/handover`: who answers a session, and the customer's wish for a person."""

from typing import Literal

import msgspec
from litestar import get, post
from litestar.datastructures import State
from litestar.params import FromPath

from server.api.account import find_account, find_owner
from server.api.error_response import AnyRequest
from server.api.media_types import JSON
from server.api.openapi.operation import STORE_ERRORS, describe
from server.api.transport import read_body, read_query
from server.errors.base import Language
from server.handover.handovers import Handovers
from server.handover.texts import write_state
from server.keys.account import Account
from server.pipeline.pipeline import Pipeline
from server.pipeline.stage import StageOptions, detect_language
from server.store.records import Session
from server.store.service_records import Handover, SessionRef
from server.store.store import Store

NUM_READ = 20
"""How many turns are looked at for the language of a session."""


class ShownState(msgspec.Struct):
    """Who answers a session: the model (`bot`), a `person`, or nobody while it is `waiting` for one or `closed`.

    `position` is how many have waited longer, null unless it waits. `text` says all of it in the session's language.
    """

    state: Literal["bot", "waiting", "person", "closed"]
    agent_name: str | None
    position: int | None
    text: str

    @classmethod
    def of(cls, handover: Handover | None, position: int | None, language: Language) -> "ShownState":
        state = "bot" if handover is None else handover.state
        name = None if handover is None else handover.agent_name
        return cls(state, name, position, write_state(state, name, language))


class HandoverQuery(msgspec.Struct, forbid_unknown_fields=True):
    """A query without parameters."""


class WishBody(msgspec.Struct):
    """`language` is the one that the customer is told in; without it, that of the last question."""

    language: Literal["zh", "en"] | None = None


@get(
    "/sessions/{session_id:str}/handover",
    opt=describe("Show who answers a session", query=HandoverQuery, answers={JSON: (ShownState,)}, errors=STORE_ERRORS),
)
async def show_handover(request: AnyRequest, state: State, session_id: FromPath[str]) -> ShownState:
    read_query(request, HandoverQuery)
    store: Store = state.store
    session = await store.get_session(find_owner(request), session_id)
    handovers: Handovers = state.handovers
    handover = await handovers.find(session_id)
    return await _show(state, session, handover)


@post(
    "/sessions/{session_id:str}/handover",
    status_code=200,
    opt=describe("Ask for a person", body=WishBody, answers={JSON: (ShownState,)}, errors=(404, 429, 503), example={}),
)
async def ask_for_person(request: AnyRequest, state: State, session_id: FromPath[str]) -> ShownState:
    body = await read_body(request, WishBody)
    account = find_account(request)
    store: Store = state.store
    session = await store.get_session(account.owner, session_id)
    language = body.language or await guess_language(store, session)
    ref = SessionRef(session.id, account.owner, account.shop, find_profile(state, account, session), language)
    handovers: Handovers = state.handovers
    return await _show(state, session, await handovers.request(ref, "customer", account.owner))


async def _show(state: State, session: Session, handover: Handover | None) -> ShownState:
    handovers: Handovers = state.handovers
    position = None if handover is None else await handovers.find_position(handover)
    language = await guess_language(state.store, session) if handover is None else handover.language
    return ShownState.of(handover, position, language)


def find_profile(state: State, account: Account, session: Session) -> str:
    """Return the name of the profile that a session is answered with."""
    pipeline: Pipeline = state.pipeline
    stored = session.options.get("profile")
    known = stored if isinstance(stored, str) and pipeline.has_profile(stored) else None
    name, _ = pipeline.choose_profile(account, StageOptions(fallbacks=(known, state.profile)))
    return name


async def guess_language(store: Store, session: Session) -> Language:
    """Return the language of the session's questions: Chinese, unless the last one has no Chinese character."""
    turns = await store.handovers.list_last_turns(session.id, NUM_READ)
    texts = [part for turn in turns for message in turn.messages for part in message.parts if isinstance(part, str)]
    return detect_language(texts[-1]) if texts else "zh"
