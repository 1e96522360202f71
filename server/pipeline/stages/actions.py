"""The stage that takes the answer to a call that changes data: a plain yes runs it, anything else declines it."""

from server.engine.token_stream import Usage
from server.errors.actions import ActionNotPending
from server.pipeline.stage import CallNext, TurnContext, join_text
from server.store.errors import ActionNotFound
from server.store.service_records import Action
from server.tools.action_texts import is_asked_in
from server.tools.actions import Actions
from server.tools.consent import is_plain_yes
from server.turn.reply import FixedReply, Reply, ReplyDelta
from server.turn.turn import Label, Turn, TurnMessage


class ActionStage:
    """Looks at each turn of a stored session whose last turn asked for a call.

    It sees what the customer wrote before any other stage changes it. A turn that declines is answered as any other:
    it may well be a question.
    """

    name = "actions"

    def __init__(self, actions: Actions) -> None:
        self._actions = actions

    async def handle(self, context: TurnContext, call_next: CallNext) -> Reply:
        question = context.turn.question
        if context.session_id is None or question is None:
            return await call_next(context)
        action = await self._actions.find_pending(context.session_id)
        if action is None:
            return await call_next(context)
        if not is_agreed(question) or not was_asked(context.turn, action):
            await self._decline(context, action)
            return await call_next(context)
        return await self._confirm(context, action)

    async def _confirm(self, context: TurnContext, action: Action) -> Reply:
        try:
            ended = await self._actions.confirm(context.account, action.id)
        except (ActionNotPending, ActionNotFound):
            ended = await self._actions.get(context.account, action.id)
        context.trace.note_action(ended)
        return FixedReply(
            [ReplyDelta(0, self._actions.describe(ended, action.language), finish_reason="stop")], Usage(0, 0, 0)
        )

    async def _decline(self, context: TurnContext, action: Action) -> None:
        try:
            declined = await self._actions.decline(context.account, action.id)
        except (ActionNotPending, ActionNotFound):
            return  # answered meanwhile by its buttons
        context.trace.note(self.name, id=declined.id, tool=declined.tool, state=declined.state)


def was_asked(turn: Turn, action: Action) -> bool:
    """Whether the answer before the question asked for the call: it may have been lost before anybody saw it."""
    answers = [message.text for message in turn.messages if message.role == "assistant"]
    return bool(answers) and is_asked_in(answers[-1], action)


def is_agreed(question: TurnMessage) -> bool:
    """Whether a message is a plain yes, with nothing beside it."""
    has_only_text = all(isinstance(part, str) and not isinstance(part, Label) for part in question.parts)
    return has_only_text and is_plain_yes(join_text(question))
