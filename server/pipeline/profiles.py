"""Profiles: what a desk is for, in a file each, with its words, its generation parameters and its stages.

`plain.toml` in the folder `profiles` beside this file shows the least that one holds, `ecommerce.toml` everything.
"""

import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from model.chat import PROMPT_OPTIONS
from model.errors import InputError
from model.sampling import SamplingParams
from server.errors.base import Language
from server.turn.turn import options_of

SHIPPED = Path(__file__).with_name("profiles")
SENTENCE_GAPS = {"zh": "", "en": " "}
LANGUAGE_RULES = {
    "customer": {"zh": "请使用顾客的语言。", "en": "Answer in the customer's language."},
    "zh": {"zh": "请用中文回答。", "en": "Answer in Chinese."},
    "en": {"zh": "请用英文回答。", "en": "Answer in English."},
}

StageName = Literal["typos", "moderation", "cache"]
Count = Annotated[int, Meta(ge=1)]


class ProfileError(ValueError):
    """A file that cannot be used, with the line and the cause."""

    def __init__(self, file: Path, line: int, cause: str) -> None:
        super().__init__(f"{file}, line {line}: {cause}")


class Title(Struct, frozen=True, forbid_unknown_fields=True):
    """What people see."""

    zh: str
    en: str

    def __getitem__(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en


class Words(Struct, frozen=True, forbid_unknown_fields=True):
    """`system` says what the desk is, `style` how it answers."""

    system: str = ""
    style: str = ""


class Generation(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Defaults of a turn: what a request sets itself goes before them. None is the server's own."""

    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(gt=0, le=1)] | None = None
    top_k: Annotated[int, Meta(ge=0)] | None = None
    min_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    repetition_penalty: Annotated[float, Meta(gt=0, le=2)] | None = None
    presence_penalty: Annotated[float, Meta(ge=-2, le=2)] | None = None
    frequency_penalty: Annotated[float, Meta(ge=-2, le=2)] | None = None
    num_beams: Annotated[int, Meta(ge=1, le=16)] | None = None
    seed: int | None = None
    max_new_tokens: Count | None = None
    min_new_tokens: Annotated[int, Meta(ge=0)] | None = None
    max_slice_nums: Count | None = None
    use_image_id: bool | None = None

    @property
    def given(self) -> dict[str, Any]:
        """Those that are set."""
        values: dict[str, Any] = msgspec.to_builtins(self)
        return values

    def check(self) -> None:
        """Raises `InputError` for what cannot be together."""
        given = {name: value for name, value in options_of(**self.given).items() if name not in PROMPT_OPTIONS}
        SamplingParams.for_mode(**{"sampling": True, **given})


class Profile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`language` is that of answers, `caches_drawn` whether answers that were drawn at random are cached too."""

    title: Title
    language: Literal["customer", "zh", "en"] | None = None
    stages: tuple[StageName, ...] = ()
    caches_drawn: bool = False
    zh: Words = Words()
    en: Words = Words()
    options: Generation = Generation()

    def system_prompt(self, language: Language) -> str:
        """In the language of the question; empty where the profile has nothing to say."""
        words = self.zh if language == "zh" else self.en
        rule = LANGUAGE_RULES[self.language][language] if self.language else ""
        return SENTENCE_GAPS[language].join(text for text in (words.system, words.style, rule) if text)

    @property
    def given(self) -> dict[str, Any]:
        """The generation parameters that it sets."""
        return self.options.given

    @property
    def digest(self) -> str:
        """Of everything in it: answers are cached under it."""
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()


def load_profiles(folders: Sequence[Path]) -> Mapping[str, Profile]:
    """By the names of their files; a later folder's go before an earlier one's. Raises `ProfileError`."""
    return {name: load_profile(file) for name, file in profile_files(folders).items()}


def profile_files(folders: Sequence[Path]) -> Mapping[str, Path]:
    """By the names of the profiles."""
    return {file.stem: file for folder in folders for file in sorted(folder.glob("*.toml"))}


def load_profile(file: Path) -> Profile:
    """Raises `ProfileError`."""
    text = _read(file)
    try:
        profile = msgspec.convert(tomllib.loads(text), Profile)
        profile.options.check()
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line (\d+)", str(error))
        raise ProfileError(file, int(place[1]) if place else text.count("\n") + 1, str(error)) from error
    except msgspec.ValidationError as error:
        raise ProfileError(file, _line_of(str(error), text), str(error)) from error
    except InputError as error:
        raise ProfileError(file, _line_of("`$.options`", text), f"no request could be answered: {error}") from error
    return profile


def _read(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ProfileError(file, 1, str(error)) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ProfileError(file, line, "is not UTF-8; save the file in that encoding") from error


def _line_of(cause: str, text: str) -> int:
    """The line that msgspec's words are about: it names tables and keys by `$.table.key`, tomllib keeps no lines."""
    path = re.search(r"`\$\.([^`]+)`", cause)
    names = re.findall(r"[\w-]+", path[1]) if path else []
    names += re.findall(r"unknown field `([^`]+)`", cause)
    line = 1
    for number, content in enumerate(text.splitlines(), start=1):
        head = re.match(r"\s*\[?\s*([\w-]+)\s*[\]=.]", content)
        if names and head and head[1] == names[0]:
            line = number
            names = names[1:]
    return line
