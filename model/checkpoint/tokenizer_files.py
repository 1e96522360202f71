"""Reading a tokenizer: `tokenizer.json`, or `vocab.json` with `merges.txt`, and the tokens added to either."""

import logging
from pathlib import Path
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, decoders, normalizers, pre_tokenizers
from tokenizers.models import BPE

from model.checkpoint.json_files import is_there, read_json, read_text
from model.checkpoint.wording import ORIGINAL, list_names, one_line, show_path
from model.errors import LoadError, first_line

logger = logging.getLogger("model.checkpoint")

WHOLE, VOCABULARY, MERGES = "tokenizer.json", "vocab.json", "merges.txt"
SETTINGS, ADDED = "tokenizer_config.json", "added_tokens.json"
AS_PUBLISHED = f"take the tokenizer's files from {ORIGINAL}, or from where the weights come from"

PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
"""How Qwen2 splits text before merging: `PRETOKENIZE_REGEX` of its tokenizer in transformers."""

UNKNOWN = "<unk>"
PAIRS = ("image", "ref", "box", "quad", "point", "slice", "image_id")
PUBLISHED_ADDED = (
    *("<|endoftext|>", "<|im_start|>", "<|im_end|>", UNKNOWN),
    *(token for name in PAIRS for token in (f"<{name}>", f"</{name}>")),
)
"""The tokens that MiniCPM-V-2_6 adds after its vocabulary, by id; `<unk>` only where the vocabulary has none."""

PUBLISHED_SIZE, NUM_RESERVED = 151643, 6
"""The published vocabulary, after whose added tokens come some reserved ones."""


def read_backend(folder: Path) -> Tokenizer:
    """Return the tokenizer of a folder. Raises `LoadError` where it is missing, damaged, or not byte-level BPE."""
    added = _read_added(folder)
    if is_there(folder / WHOLE):
        backend = _read_whole(folder / WHOLE)
    elif is_there(folder / VOCABULARY) and is_there(folder / MERGES):
        backend = _build(folder)
        added = added or _publish_added(folder, backend)
    else:
        raise LoadError(f"{show_path(folder)} has no {WHOLE}, nor {VOCABULARY} with {MERGES}: {AS_PUBLISHED}")
    _add_tokens(folder, backend, added)
    backend.no_truncation()  # training programs leave their limits in the file
    backend.no_padding()
    return backend


def _read_whole(file: Path) -> Tokenizer:
    text = read_text(file)
    try:
        backend = Tokenizer.from_str(text)
    except Exception as error:  # the library raises no other type
        read_json(file)  # which says more where the file is no JSON
        raise LoadError(f"{show_path(file)} is no tokenizer ({one_line(first_line(error))}): {AS_PUBLISHED}") from error
    is_byte_level = isinstance(backend.decoder, decoders.ByteLevel) and backend.pre_tokenizer is not None
    if not isinstance(backend.model, BPE) or not is_byte_level:
        raise LoadError(
            f"{show_path(file)} is a tokenizer of another kind than Qwen2's, byte-level BPE: {AS_PUBLISHED}"
        )
    return backend


def _build(folder: Path) -> Tokenizer:
    """Return Qwen2's tokenizer of a vocabulary and merges, as transformers' `Qwen2Converter` does."""
    vocabulary, merges = read_json(folder / VOCABULARY), _read_merges(folder / MERGES)
    ids = list(vocabulary.values())
    if not all(type(number) is int for number in ids) or sorted(ids) != list(range(len(ids))):
        raise LoadError(f"{show_path(folder / VOCABULARY)} does not number its tokens from 0 on: {AS_PUBLISHED}")
    unknown = {part for merge in merges for part in (*merge, "".join(merge)) if part not in vocabulary}
    if unknown:
        raise LoadError(
            f"{show_path(folder / MERGES)} does not belong to the {VOCABULARY} beside it, which lacks "
            f"{list_names(unknown)}: {AS_PUBLISHED}"
        )
    try:
        backend = Tokenizer(BPE(vocab=vocabulary, merges=merges, fuse_unk=False, byte_fallback=False))
    except Exception as error:  # the library raises no other type
        why = one_line(first_line(error))
        raise LoadError(f"{show_path(folder / VOCABULARY)} is no vocabulary ({why}): {AS_PUBLISHED}") from error
    backend.normalizer = normalizers.NFC()
    split = pre_tokenizers.Split(Regex(PATTERN), behavior="isolated", invert=False)
    to_bytes = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    backend.pre_tokenizer = pre_tokenizers.Sequence([split, to_bytes])
    backend.decoder = decoders.ByteLevel()
    if UNKNOWN in vocabulary:  # as published: it has its id there, and is a control token all the same
        backend.add_special_tokens([AddedToken(UNKNOWN, special=True, normalized=False)])
    return backend


def _read_merges(file: Path) -> list[tuple[str, str]]:
    """Return the merges by rank. The published file begins with one, others with a line `#version`."""
    lines = [line.strip() for line in read_text(file).split("\n")]
    if lines[0].startswith("#version"):
        lines = lines[1:]
    merges = [(first, second) for first, _, second in (line.partition(" ") for line in lines if line)]
    wrong = next((merge for merge in merges if not merge[1] or " " in merge[1]), None)
    if wrong is not None or not merges:
        what = f"{one_line(' '.join(wrong).strip())!r} is no pair of tokens" if wrong else "it has no merges"
        raise LoadError(f"{show_path(file)} is damaged, {what}: {AS_PUBLISHED}")
    return merges


def _read_added(folder: Path) -> dict[int, AddedToken]:
    """Return the added tokens that the small files name, by id."""
    found: dict[int, AddedToken] = {}
    if is_there(folder / ADDED):
        for content, number in read_json(folder / ADDED).items():
            found[_read_id(folder / ADDED, number)] = _read_token(folder / ADDED, {"content": content})
    if is_there(folder / SETTINGS):
        given = read_json(folder / SETTINGS).get("added_tokens_decoder") or {}
        if not isinstance(given, dict):
            raise LoadError(f"{show_path(folder / SETTINGS)} has a wrong added_tokens_decoder: {AS_PUBLISHED}")
        for key, token in given.items():
            number = _read_id(folder / SETTINGS, key)
            found[number] = _read_token(folder / SETTINGS, token)
    return found


def _read_id(file: Path, number: Any) -> int:
    if isinstance(number, bool) or not str(number).isascii() or not str(number).isdigit() or len(str(number)) > 9:
        raise LoadError(f"{show_path(file)} has the wrong id {one_line(number)} for an added token: {AS_PUBLISHED}")
    return int(number)


def _read_token(file: Path, token: Any) -> AddedToken:
    content = token.get("content") if isinstance(token, dict) else None
    if not isinstance(content, str) or not content or not _is_unicode(content):
        raise LoadError(f"{show_path(file)} has an added token without content: {AS_PUBLISHED}")
    flags = {name: token.get(name) is True for name in ("lstrip", "rstrip", "single_word", "normalized")}
    return AddedToken(content, special=token.get("special") is not False, **flags)


def _is_unicode(text: str) -> bool:
    """Return whether a text has no half of a surrogate pair, which JSON allows and no encoding does."""
    return not any("\ud800" <= char <= "\udfff" for char in text)


def _publish_added(folder: Path, backend: Tokenizer) -> dict[int, AddedToken]:
    """Return the added tokens of MiniCPM-V-2_6 after the vocabulary, where no file names any."""
    size = backend.get_vocab_size()
    names = [name for name in PUBLISHED_ADDED if backend.token_to_id(name) is None]
    if size == PUBLISHED_SIZE:
        names += [f"<|reserved_special_token_{i}|>" for i in range(NUM_RESERVED)]
    logger.warning("%s has no %s: adding the published tokens after its vocabulary", show_path(folder), SETTINGS)
    return {size + i: AddedToken(name, special=True, normalized=False) for i, name in enumerate(names)}


def _add_tokens(folder: Path, backend: Tokenizer, added: dict[int, AddedToken]) -> None:
    """Add what the vocabulary has not yet as added tokens. Raises `LoadError` where an id comes out otherwise."""
    known = {token.content for token in backend.get_added_tokens_decoder().values()}
    backend.add_tokens(
        [token for _, token in sorted(added.items(), key=lambda item: item[0]) if token.content not in known]
    )
    for number, token in added.items():
        if backend.token_to_id(token.content) != number:
            raise LoadError(
                f"{show_path(folder)} has files that disagree on the id of the token {one_line(token.content)}: "
                f"{backend.token_to_id(token.content)} and {number}: {AS_PUBLISHED}"
            )
