"""The items of a dialogue: checked as they come in, and written as the store keeps them.

In the store a picture is named by the hash of its file, `sha256:...`, in place of its URL.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from server.api.openai.responses.request import (
    InputAudio,
    InputFile,
    InputImage,
    InputItem,
    InputText,
    OutputText,
    Part,
    Refusal,
)
from server.errors import FieldRefused

NEEDED = {
    "message": ("role", "content"),
    "function_call": ("call_id", "name"),
    "function_call_output": ("call_id", "output"),
    "item_reference": ("id",),
    "reasoning": (),
}
"""The types of items that are understood, and the fields that each must have."""

PREFIXES = {"message": "msg", "function_call": "fc", "function_call_output": "fco"}
STORED_PICTURE = "sha256:"

WriteURL = Callable[[InputImage], str | None]


def read_items(given: str | Sequence[InputItem] | None) -> list[InputItem]:
    """Return the items of a request, each with its type.

    Raises `FieldRefused` for what is missing or not supported.
    """
    if isinstance(given, str):
        return [InputItem(type="message", role="user", content=given)]
    if not given:
        raise FieldRefused("input", "it must have a text or at least one item", "必须有文本或至少一项内容")
    for index, item in enumerate(given):
        _check_item(f"input[{index}]", item)
    return list(given)


def _check_item(path: str, item: InputItem) -> None:
    item.type = item.type or ("item_reference" if item.role is None else "message")
    if item.type not in NEEDED:
        known = ", ".join(NEEDED)
        raise FieldRefused(
            f"{path}.type", f"{item.type!r} is not supported, only {known}", f"不支持 {item.type!r}，只支持 {known}"
        )
    for name in NEEDED[item.type]:
        if getattr(item, name) is None:
            raise FieldRefused(f"{path}.{name}", f"an item of the type {item.type} needs it", f"{item.type} 必须有它")
    may_show = item.type == "function_call_output" or item.role == "user"
    for name in ("content", "output"):
        parts = getattr(item, name)
        for place, part in enumerate(parts if isinstance(parts, list) else ()):
            _check_part(f"{path}.{name}[{place}]", part, may_show)


def _check_part(path: str, part: Part, may_show: bool) -> None:
    if isinstance(part, InputFile):
        _check_file(path, part, may_show)
    if isinstance(part, InputAudio):
        raise FieldRefused(path, "the model does not take sound", "模型不接受音频")
    if isinstance(part, InputImage):
        if part.file_id is not None:
            cause = "no files are kept here; send the picture itself as image_url"
            raise FieldRefused(f"{path}.file_id", cause, "本服务不保存文件，请用 image_url 发送图片本身")
        if part.image_url is None:
            raise FieldRefused(f"{path}.image_url", "a picture needs it", "图片必须有它")
        if not may_show:
            cause = "pictures belong to messages of the user and to the results of functions"
            raise FieldRefused(path, cause, "图片只能放在 user 消息或函数结果中")


def _check_file(path: str, file: InputFile, may_show: bool) -> None:
    for name in ("file_id", "file_url"):
        if getattr(file, name) is not None:
            cause = "only the file itself can be sent, as file_data"
            raise FieldRefused(f"{path}.{name}", cause, "只能用 file_data 发送文件本身")
    if not file.file_data:
        raise FieldRefused(f"{path}.file_data", "a file needs it", "文件必须有它")
    if not may_show:
        cause = "files belong to messages of the user and to the results of functions"
        raise FieldRefused(path, cause, "文件只能放在 user 消息或函数结果中")


def list_files(items: Sequence[InputItem]) -> Iterator[InputFile]:
    """Yield the documents of items in order."""
    for item in items:
        for parts in (item.content, item.output):
            yield from (part for part in parts or () if isinstance(part, InputFile))


def list_images(items: Sequence[InputItem]) -> Iterator[InputImage]:
    """Yield the pictures of items in order."""
    for item in items:
        for parts in (item.content, item.output):
            yield from (part for part in parts or () if isinstance(part, InputImage))


def write_items(items: Sequence[InputItem], response_id: str, write_url: WriteURL) -> list[dict[str, Any]]:
    """Return the items that have an effect as they are stored; `write_url` gives the URL of a picture."""
    written = [item for item in items if item.type in PREFIXES]
    ids = (write_item_id(item.type or "", response_id, number) for number, item in enumerate(written))
    return [_write_item(item, item_id, write_url) for item, item_id in zip(written, ids, strict=True)]


def write_item_id(kind: str, response_id: str, number: int) -> str:
    """Return the id of an item, which says where it is stored; `number` counts those of the request and the answer."""
    return f"{PREFIXES[kind]}_{response_id}{number:04x}"


def _write_item(item: InputItem, item_id: str, write_url: WriteURL) -> dict[str, Any]:
    head = {"id": item_id, "type": item.type, "status": "completed"}
    match item.type:
        case "message":
            return {**head, "role": item.role, "content": _write_content(item, write_url)}
        case "function_call":
            return {**head, "call_id": item.call_id, "name": item.name, "arguments": item.arguments or "{}"}
    output = item.output if isinstance(item.output, str) else [_write_part(p, write_url) for p in item.output or ()]
    return {**head, "call_id": item.call_id, "output": output}


def _write_content(item: InputItem, write_url: WriteURL) -> list[dict[str, Any]]:
    parts = item.content
    if isinstance(parts, str):
        parts = [OutputText(parts) if item.role == "assistant" else InputText(parts)]
    return [_write_part(_name_text(part, item.role), write_url) for part in parts or ()]


def _name_text(part: Part, role: str | None) -> Part:
    """Return a text under the type that belongs to its role: clients send either, and would not read it back."""
    match part:
        case InputText(text) if role == "assistant":
            return OutputText(text)
        case OutputText(text) | Refusal(text) if role != "assistant":
            return InputText(text)
    return part


def _write_part(part: Part, write_url: WriteURL) -> dict[str, Any]:
    match part:
        case InputImage():
            return {"type": "input_image", "image_url": write_url(part), "detail": part.detail or "auto"}
        case InputFile():
            return {"type": "input_file", "file_id": part.file_id, "filename": part.filename}
        case OutputText():
            return {"type": "output_text", "text": part.text, "annotations": []}
        case Refusal():
            return {"type": "refusal", "refusal": part.refusal}
    assert isinstance(part, InputText), "others were refused"
    return {"type": "input_text", "text": part.text}
