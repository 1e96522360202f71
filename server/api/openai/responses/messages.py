"""The messages of a turn that the items of a dialogue stand for."""

from collections.abc import Callable, Sequence

from model.tools import ToolCall
from server.api.openai.responses.request import InputFile, InputImage, InputItem, InputText, OutputText, Part, Refusal
from server.errors import FieldRefused
from server.turn.attached_file import UNNAMED, DocumentLabel
from server.turn.pictures import PictureSource, PlannedPicture
from server.turn.turn import Role, TurnMessage

FindPicture = Callable[[InputImage], PictureSource | PlannedPicture]

ROLES: dict[str, Role] = {"developer": "system"}


class MessageReader:
    """Reads items, one list after another, into the messages of one dialogue.

    The model's chat format has no ids of calls: results stand in the order of the calls that they belong to.
    """

    def __init__(self) -> None:
        self.messages: list[TurnMessage] = []
        self._calls: dict[str, int] = {}
        self._results: list[int] = []
        """Which calls the last messages, all results, belong to."""

    def add(self, items: Sequence[InputItem], find_picture: FindPicture) -> None:
        """Add items. Raises `FieldRefused` for the result of a call that no item before it made."""
        for index, item in enumerate(items):
            if item.type == "function_call_output":
                self._add_result(index, item, find_picture)
                continue
            self._results = []
            if item.type == "function_call":
                self._add_call(item)
            elif item.type == "message":
                role = ROLES.get(item.role or "", item.role)
                self.messages.append(TurnMessage(role, _read_parts(item.content, find_picture)))  # type: ignore[arg-type]

    def _add_call(self, item: InputItem) -> None:
        """Add a call to the answer before it, or to a new one."""
        self._calls[item.call_id or ""] = len(self._calls)
        call = ToolCall(item.name or "", item.arguments or "{}")
        last = self.messages.pop() if self.messages and self.messages[-1].role == "assistant" else None
        last = last or TurnMessage("assistant", ())
        self.messages.append(TurnMessage("assistant", last.parts, (*last.tool_calls, call)))

    def _add_result(self, index: int, item: InputItem, find_picture: FindPicture) -> None:
        call = self._calls.get(item.call_id or "")
        if call is None:
            cause = "no function_call before it has this call_id"
            raise FieldRefused(f"input[{index}].call_id", cause, "之前没有 call_id 与之相同的 function_call")
        num_after = sum(other > call for other in self._results)
        self._results.insert(len(self._results) - num_after, call)
        place = len(self.messages) - num_after
        self.messages.insert(place, TurnMessage("tool", _read_parts(item.output, find_picture)))


def _read_parts(
    content: str | Sequence[Part] | None, find_picture: FindPicture
) -> tuple[str | PictureSource | PlannedPicture, ...]:
    if isinstance(content, str):
        return (content,) if content else ()
    return tuple(_read_part(part, find_picture) for part in content or ())


def _read_part(part: Part, find_picture: FindPicture) -> str | PictureSource | PlannedPicture:
    match part:
        case InputImage():
            return find_picture(part)
        case InputFile():
            return DocumentLabel(part.filename or UNNAMED, part.file_id or "")
        case Refusal():
            return part.refusal
    assert isinstance(part, InputText | OutputText), "others were refused"
    return part.text


def read_source(image: InputImage) -> PictureSource:
    """Return the source of a picture that a client sent."""
    return PictureSource(image.image_url or "", 1 if image.detail == "low" else None)
