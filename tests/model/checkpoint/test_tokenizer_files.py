"""A tokenizer is the same from whichever of its files it is read, and a damaged or foreign one is named."""

import json
import random
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer as Backend
from tokenizers import models, pre_tokenizers

from model.checkpoint.tokenizer_files import PUBLISHED_ADDED, read_backend
from model.errors import LoadError
from model.tokenizer import CONTROL_TOKENS, Tokenizer
from tests.helpers.sparse_checkpoints import GOLDEN, edit_json

FILES = ("tokenizer.json", "tokenizer_config.json", "vocab.json", "merges.txt")
TEXTS = (
    "Hello world, it's a shirt",
    "  two  spaces\n\n\tand lines\r\n",
    "这件衣服多少钱？ 12345",
    "é ﬁ ½ 🙂🙃",
    "<|im_start|>user\n<image><unk></image><|im_end|>",
    "".join(map(chr, range(32, 0x250))),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in FILES:
        shutil.copy(GOLDEN / name, tmp_path / name)
    return tmp_path


def keep(folder: Path, *names: str) -> None:
    for name in set(FILES) - set(names):
        (folder / name).unlink()


def refusal(folder: Path) -> str:
    with pytest.raises(LoadError) as refused:
        Tokenizer.from_pretrained(folder)
    message = str(refused.value)
    assert "\n" not in message
    assert str(folder) in message
    return message


def write_added(folder: Path) -> None:
    decoder = json.loads((folder / "tokenizer_config.json").read_text())["added_tokens_decoder"]
    (folder / "added_tokens.json").write_text(json.dumps({t["content"]: int(i) for i, t in decoder.items()}))


@pytest.mark.parametrize(
    "names",
    [
        FILES,
        ("tokenizer.json",),
        ("tokenizer.json", "tokenizer_config.json"),
        ("vocab.json", "merges.txt", "tokenizer_config.json"),
        ("vocab.json", "merges.txt"),
    ],
)
def test_any_of_the_files_give_the_same_ids(folder: Path, names: tuple[str, ...]) -> None:
    wanted = Backend.from_file(str(GOLDEN / "tokenizer.json"))
    keep(folder, *names)
    found = read_backend(folder)
    assert found.get_vocab() == wanted.get_vocab()
    rng = random.Random(0)
    texts = [*TEXTS, *("".join(rng.choices("ab tion THE 中文é\n'", k=50)) for _ in range(200))]
    for text in texts:
        ids = wanted.encode(text).ids
        assert found.encode(text).ids == ids
        assert found.decode(ids, skip_special_tokens=False) == wanted.decode(ids, skip_special_tokens=False)


def test_added_tokens_may_be_in_their_older_file(folder: Path) -> None:
    wanted = read_backend(folder).encode(TEXTS[4]).ids
    write_added(folder)
    keep(folder, "vocab.json", "merges.txt")
    assert read_backend(folder).encode(TEXTS[4]).ids == wanted


def test_the_first_merge_counts_without_a_line_of_the_version(folder: Path) -> None:
    keep(folder, "vocab.json", "merges.txt")
    with_version = read_backend(folder)
    lines = (folder / "merges.txt").read_text(encoding="utf-8").split("\n")
    assert lines[0] == "#version: 0.2"
    (folder / "merges.txt").write_text("\n".join(lines[1:]), encoding="utf-8")
    without = read_backend(folder)
    first = "".join(lines[1].split()).replace("Ġ", " ")
    assert without.encode(first).ids == with_version.encode(first).ids
    assert len(without.encode(first).ids) == 1


def test_a_control_token_of_the_vocabulary_stays_one(folder: Path) -> None:
    """As published: `<unk>` has its id in `vocab.json`, and `added_tokens.json` lacks it."""
    keep(folder, "vocab.json", "merges.txt")
    vocabulary = json.loads((folder / "vocab.json").read_text())
    (folder / "vocab.json").write_text(json.dumps({**vocabulary, "<unk>": len(vocabulary)}))
    tokenizer = Tokenizer.from_pretrained(folder)
    assert tokenizer.encode_with_controls("<unk><|endoftext|>") == [1200, 1201]
    assert tokenizer.control_id("<image>") == 1204
    assert 1200 not in tokenizer.encode("<unk>")


def test_limits_left_by_a_training_do_not_cut_texts(folder: Path) -> None:
    limits = {
        "truncation": {"direction": "Right", "max_length": 4, "strategy": "LongestFirst", "stride": 0},
        "padding": {
            "strategy": {"Fixed": 50},
            "direction": "Right",
            "pad_to_multiple_of": None,
            "pad_id": 0,
            "pad_type_id": 0,
            "pad_token": "!",
        },
    }
    edit_json(folder / "tokenizer.json", **limits)
    tokenizer = Tokenizer.from_pretrained(folder)
    text = "one two three four five"
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_tokens_that_only_the_settings_name_are_added(folder: Path) -> None:
    token = {"content": "<new>", "special": True}
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    edit_json(
        folder / "tokenizer_config.json", added_tokens_decoder={**settings["added_tokens_decoder"], "1218": token}
    )
    assert Tokenizer.from_pretrained(folder).num_ids == 1219


def test_the_published_tokens_cover_the_control_tokens() -> None:
    assert set(CONTROL_TOKENS) <= set(PUBLISHED_ADDED)


def write_word_level(folder: Path) -> None:
    backend = Backend(models.WordLevel({"a": 0}, unk_token="a"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    backend.save(str(folder / "tokenizer.json"))


def write_llama(folder: Path) -> None:
    """Llama's has merges of characters, with bytes as fallback, and no byte alphabet."""
    Backend(models.BPE({"a": 0, "b": 1}, [], byte_fallback=True)).save(str(folder / "tokenizer.json"))


def forget_slices(folder: Path) -> None:
    text = (folder / "tokenizer.json").read_text(encoding="utf-8")
    (folder / "tokenizer.json").write_text(text.replace("<slice>", "<slide>"), encoding="utf-8")
    (folder / "tokenizer_config.json").unlink()


def write_file(name: str, content: str | bytes) -> Callable[[Path], Any]:
    written = content if isinstance(content, bytes) else content.encode()
    return lambda folder: (folder / name).write_bytes(written)


def only_vocabulary(change: Callable[[Path], Any]) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        keep(folder, "vocab.json", "merges.txt")
        change(folder)

    return damage


@pytest.mark.parametrize(
    ("damage", "cause"),
    [
        (keep, "has no tokenizer.json, nor vocab.json with merges.txt"),
        (lambda folder: keep(folder, "vocab.json"), "has no tokenizer.json, nor vocab.json with merges.txt"),
        (write_file("tokenizer.json", '{"version": "1.0", "mod'), "tokenizer.json is cut off or is not JSON"),
        (write_file("tokenizer.json", "[]"), "tokenizer.json holds a list"),
        (write_file("tokenizer.json", "{}"), "tokenizer.json is no tokenizer"),
        (write_file("tokenizer.json", '{"model": 3}'), "tokenizer.json is no tokenizer"),
        (write_file("tokenizer.json", ""), "tokenizer.json is empty"),
        (write_file("tokenizer.json", "version https://git-lfs.github.com/spec/v1\n"), "run `git lfs pull`"),
        (write_file("tokenizer.json", b"\xff\xfe{\0}\0"), "tokenizer.json is UTF-16"),
        (write_word_level, "is a tokenizer of another kind than Qwen2's"),
        (write_llama, "is a tokenizer of another kind than Qwen2's"),
        (forget_slices, "is of another model: the tokenizer lacks the control token <slice>"),
        (write_file("tokenizer_config.json", "["), "tokenizer_config.json is cut off"),
        (write_file("tokenizer_config.json", '{"added_tokens_decoder": []}'), ""),
        (write_file("tokenizer_config.json", '{"added_tokens_decoder": [1]}'), "wrong added_tokens_decoder"),
        (
            write_file("tokenizer_config.json", '{"added_tokens_decoder": {"x": {"content": "a"}}}'),
            "has the wrong id x",
        ),
        (write_file("tokenizer_config.json", '{"added_tokens_decoder": {"7": {}}}'), "an added token without content"),
        (
            write_file("tokenizer_config.json", '{"added_tokens_decoder": {"7": "<a>"}}'),
            "an added token without content",
        ),
        (write_file("added_tokens.json", '{"<image>": 7}'), "disagree on the id of the token <image>: 1204 and 7"),
        (write_file("added_tokens.json", '{"<image>": "x"}'), "added_tokens.json has the wrong id x"),
        (write_file("added_tokens.json", '{"<new>": 5000}'), "disagree on the id of the token <new>: 1218 and 5000"),
        (write_file("added_tokens.json", '{"\\ud800": 1218}'), "an added token without content"),
        (only_vocabulary(write_file("vocab.json", "[]")), "vocab.json holds a list"),
        (only_vocabulary(write_file("vocab.json", '{"a": 0, "b": 5}')), "does not number its tokens from 0 on"),
        (only_vocabulary(write_file("vocab.json", '{"a": "0"}')), "does not number its tokens from 0 on"),
        (only_vocabulary(write_file("vocab.json", '{"a": 0, "b": 1}')), "merges.txt does not belong to the vocab.json"),
        (only_vocabulary(write_file("merges.txt", "")), "merges.txt is empty"),
        (only_vocabulary(write_file("merges.txt", "#version: 0.2\n")), "it has no merges"),
        (only_vocabulary(write_file("merges.txt", "i n\nalone\n")), "'alone' is no pair of tokens"),
        (only_vocabulary(write_file("merges.txt", "a b c\n")), "'a b c' is no pair of tokens"),
        (only_vocabulary(write_file("merges.txt", b"\xff\xfa\xfb")), "merges.txt is not UTF-8"),
    ],
)
def test_damaged_and_foreign_files_are_named(folder: Path, damage: Callable[[Path], Any], cause: str) -> None:
    damage(folder)
    if cause:
        assert cause in refusal(folder)
    else:
        assert Tokenizer.from_pretrained(folder).num_ids == 1218


@pytest.mark.parametrize("seed", range(4))
def test_cuts_and_flipped_bytes_give_nothing_but_load_errors(folder: Path, seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(25):
        names = rng.choice([FILES, ("vocab.json", "merges.txt", "tokenizer_config.json")])
        for name in FILES:
            (folder / name).unlink(missing_ok=True)
        for name in names:
            shutil.copy(GOLDEN / name, folder / name)
        file = folder / rng.choice(names)
        content = bytearray(file.read_bytes())
        for _ in range(rng.randrange(1, 5)):
            content[rng.randrange(len(content))] = rng.randrange(256)
        file.write_bytes(content[: rng.choice([len(content), rng.randrange(len(content))])])
        with suppress(LoadError):
            assert Tokenizer.from_pretrained(folder).encode("hello") is not None
