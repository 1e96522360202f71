"""Profiles, one TOML file each: a system prompt in two languages, generation parameters, and the stages that are on.

`plain.toml` in the folder `profiles` beside this file shows the least that a profile holds, `ecommerce.toml` the most.
"""

import hashlib
import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

import msgspec
from msgspec import Meta, Struct

from model.chat import PROMPT_OPTIONS
from model.errors import InputError
from model.messages import PromptOptions
from model.sampling import SamplingParams
from server.errors.base import Language
from server.store.errors import CollectionNameRefused
from server.store.knowledge_names import check_collection_name
from server.tools.rules import ToolRule
from server.turn.turn import build_options

SHIPPED = Path(__file__).with_name("profiles")
SENTENCE_GAPS = {"zh": "", "en": " "}
LANGUAGE_RULES = {
    "customer": {"zh": "请使用顾客的语言。", "en": "Answer in the customer's language."},
    "zh": {"zh": "请用中文回答。", "en": "Answer in Chinese."},
    "en": {"zh": "请用英文回答。", "en": "Answer in English."},
}

NOT_FOR_PROFILES = frozenset(
    {"n", "stop", "stop_token_ids", "logit_bias", "logprobs", "prompt_logprobs", "system_prompt", "max_inp_length"}
    | {"ignore_eos", "continue_final_message", "raw", "prompt_only"}
)
"""Parameters that only a request may set: the form of its own answer, what its client reads, and the prompt's limit."""

RULE_HEAD = re.compile(r"\s*\[\[\s*rules\s*\]\]")

StageName = Literal["typos", "moderation", "knowledge", "tools", "cache"]


class ProfileError(ValueError):
    """A profile cannot be used; the text names the file, the line and the cause."""

    def __init__(self, file: Path, line: int, cause: str) -> None:
        super().__init__(f"{file}, line {line}: {cause}")


class Title(Struct, frozen=True, forbid_unknown_fields=True):
    """The name of a profile as people see it, in both languages."""

    zh: str
    en: str

    def __getitem__(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en


class Words(Struct, frozen=True, forbid_unknown_fields=True):
    """The system prompt in one language: `system` says who answers and what about, `style` how."""

    system: str = ""
    style: str = ""


def _optional_fields(params: type[Struct], excluded: Collection[str]) -> list[tuple[str, Any, None]]:
    """Return the other fields of `params` for `msgspec.defstruct`: the same ranges, but None by default."""
    types = get_type_hints(params, include_extras=True)
    return [(name, types[name] | None, None) for name in params.__struct_fields__ if name not in excluded]


_GenerationFields = msgspec.defstruct(
    "_GenerationFields",
    [*_optional_fields(SamplingParams, NOT_FOR_PROFILES), *_optional_fields(PromptOptions, NOT_FOR_PROFILES)],
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
)


class Generation(_GenerationFields):  # type: ignore[misc, valid-type]
    """Generation parameters of a profile, which a request may override. None leaves the server's own default.

    The fields are those of `SamplingParams` and `PromptOptions` with their ranges, but for `NOT_FOR_PROFILES`.
    """

    @property
    def given(self) -> dict[str, Any]:
        """The parameters that are set."""
        values: dict[str, Any] = msgspec.to_builtins(self)
        return values

    def check(self) -> None:
        """Raise `InputError` for parameters that contradict each other."""
        given = {name: value for name, value in build_options(**self.given).items() if name not in PROMPT_OPTIONS}
        SamplingParams.for_mode(**{"sampling": True, **given})


class Profile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a turn is answered with: its system prompt, its generation parameters and its stages.

    `language` is the language of answers: the customer's, or always the same. With `caches_drawn`, answers that were
    drawn at random are cached too.

    Answers come from the `collections` of the knowledge base where the stage `knowledge` is on; with `names_pictures`
    the model is first asked what pictures show. Where nothing is found, `not_found` is the answer, or without it that
    of the model alone, and the question is kept for the operator if `keeps_unanswered`. A person is asked for where
    `handover_after_not_found` answers in a row were `not_found`.

    `rules` say for which questions a business tool is run before the model is asked, where the stage `tools` is on.
    """

    title: Title
    language: Literal["customer", "zh", "en"] | None = None
    stages: tuple[StageName, ...] = ()
    caches_drawn: bool = False
    zh: Words = Words()
    en: Words = Words()
    collections: tuple[str, ...] = ()
    names_pictures: bool = True
    not_found: Title | None = None
    keeps_unanswered: bool = False
    rules: tuple[ToolRule, ...] = ()
    handover_after_not_found: Annotated[int, Meta(ge=1, le=20)] | None = None
    options: Generation = Generation()

    def system_prompt(self, language: Language) -> str:
        """Return the system prompt for a question in `language`; empty if the profile has none."""
        words = self.zh if language == "zh" else self.en
        rule = LANGUAGE_RULES[self.language][language] if self.language else ""
        return SENTENCE_GAPS[language].join(text for text in (words.system, words.style, rule) if text)

    @property
    def given(self) -> dict[str, Any]:
        """The generation parameters that the profile sets."""
        return self.options.given

    @property
    def digest(self) -> str:
        """A hash of everything in the profile, so that an edit never meets answers cached before it."""
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()


def load_profiles(folders: Sequence[Path]) -> Mapping[str, Profile]:
    """Load all profiles by name; a later folder replaces those of an earlier one. Raises `ProfileError`."""
    return {name: load_profile(file) for name, file in find_profile_files(folders).items()}


def find_profile_files(folders: Sequence[Path]) -> Mapping[str, Path]:
    """Return the file of each profile by the profile's name, which is the file's name without `.toml`."""
    return {file.stem: file for folder in folders for file in sorted(folder.glob("*.toml"))}


def load_profile(file: Path) -> Profile:
    """Load one profile and check it. Raises `ProfileError`."""
    text = _read(file)
    try:
        tables = tomllib.loads(text)
        _check_rules(file, text, tables.get("rules", []))
        profile = msgspec.convert(tables, Profile)
        for name in profile.collections:
            check_collection_name(name)
        profile.options.check()
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line (\d+)", str(error))
        raise ProfileError(file, int(place[1]) if place else text.count("\n") + 1, str(error)) from error
    except msgspec.ValidationError as error:
        raise ProfileError(file, _find_line(str(error), text), str(error)) from error
    except CollectionNameRefused as error:
        raise ProfileError(file, _find_line("`$.collections`", text), str(error)) from error
    except InputError as error:
        raise ProfileError(file, _find_line("`$.options`", text), f"no request could be answered: {error}") from error
    return profile


def _check_rules(file: Path, text: str, tables: Any) -> None:
    """Check rules one by one, so that the wrong one is named by its line. Raises `ProfileError`."""
    heads = [number for number, content in enumerate(text.splitlines(), 1) if RULE_HEAD.match(content)]
    for i, table in enumerate(tables if isinstance(tables, list) else []):
        try:
            msgspec.convert(table, ToolRule)
        except msgspec.ValidationError as error:
            first = heads[i] if len(heads) > i else 1
            below = "\n".join(text.splitlines()[first - 1 :])
            line = first - 1 + _find_line(str(error), below)
            raise ProfileError(file, line, f"rule {i + 1}: {error}") from error


def _read(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ProfileError(file, 1, str(error)) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ProfileError(file, line, "is not UTF-8; save the file in that encoding") from error


def _find_line(cause: str, text: str) -> int:
    """Return the number of the line that msgspec's error text is about.

    The text names tables and keys as `$.table.key`; they are searched for in the file: tomllib keeps no line numbers.
    """
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
