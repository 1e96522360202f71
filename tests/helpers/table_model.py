"""A model for tests of tables, which gives the answers that it is told to."""

from collections.abc import Sequence

from server.turn.turn import Turn


class ScriptedModel:
    """Answers with texts in order; one that ends in `...` is cut off there. Keeps the turns that it was asked."""

    def __init__(self, *answers: str) -> None:
        self._answers = list(answers)
        self.turns: list[Turn] = []

    async def ask(self, turn: Turn) -> tuple[str, bool]:
        self.turns.append(turn)
        answer = self._answers.pop(0)
        return answer.removesuffix("..."), not answer.endswith("...")

    @property
    def prompts(self) -> Sequence[str]:
        return ["\n".join(message.text for message in turn.messages) for turn in self.turns]
