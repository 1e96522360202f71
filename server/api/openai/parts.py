"""The parts of messages in OpenAI's dialect: texts, pictures, documents and clips, also as other APIs have them."""

from typing import ClassVar, Literal

from model.messages import MaxSliceNums
from server.api.unknown_fields import Fields


class TextPart(Fields, tag_field="type", tag="text"):
    text: str


class InputTextPart(Fields, tag_field="type", tag="input_text"):
    """Text as OpenAI's Responses API has it."""

    text: str


class OutputTextPart(Fields, tag_field="type", tag="output_text"):
    """Text of an earlier answer as OpenAI's Responses API has it."""

    text: str


class RefusalPart(Fields, tag_field="type", tag="refusal"):
    """Text in which an earlier answer refused to answer."""

    refusal: str


class ImageURL(Fields):
    """A picture. `detail: low` makes one view of it, of 64 tokens; the others slice it as the model does."""

    url: str
    detail: Literal["auto", "low", "high", "original"] | None = None


class ImagePart(Fields, tag_field="type", tag="image_url"):
    image_url: ImageURL | str
    max_slice_nums: MaxSliceNums | None = None


class InputImagePart(Fields, tag_field="type", tag="input_image"):
    """A picture as OpenAI's Responses API has it."""

    REFUSED: ClassVar = {"file_id": ()}

    image_url: str
    detail: Literal["auto", "low", "high", "original"] | None = None
    max_slice_nums: MaxSliceNums | None = None


class QwenImagePart(Fields, tag_field="type", tag="image"):
    """A picture as Qwen's messages have it. https://github.com/QwenLM/Qwen2.5-VL#using--transformers-to-chat"""

    image: str
    max_slice_nums: MaxSliceNums | None = None


class GivenFile(Fields):
    """A document: `file_data` is base64, with or without the prefix of a data URL. Files by their id are refused."""

    file_data: str | None = None
    filename: str | None = None
    file_id: str | None = None


class FilePart(Fields, tag_field="type", tag="file"):
    file: GivenFile


class InputFilePart(GivenFile, tag_field="type", tag="input_file"):
    """A document as OpenAI's Responses API has it. Those by a URL are refused."""

    file_url: str | None = None


class VideoURL(Fields):
    """A clip: a data URL, or the URL of one on a host that is allowed."""

    url: str


class VideoPart(Fields, tag_field="type", tag="video_url"):
    """A clip as vLLM and DashScope have it."""

    video_url: VideoURL | str


class QwenVideoPart(Fields, tag_field="type", tag="video"):
    """A clip as Qwen's messages have it."""

    video: str


Texts = TextPart | InputTextPart | OutputTextPart | RefusalPart
Clips = VideoPart | QwenVideoPart
Part = Texts | ImagePart | InputImagePart | QwenImagePart | FilePart | InputFilePart | Clips
