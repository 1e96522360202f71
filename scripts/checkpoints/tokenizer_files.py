"""The tokenizer's files: the vocabulary of a given folder, and the published files around it, with its ids."""

import json
import shutil
from pathlib import Path
from typing import Any

from scripts.checkpoints.published import read_published, write_json
from scripts.checkpoints.recipe import CheckpointError

VOCABULARY_FILES = ("tokenizer.json", "vocab.json", "merges.txt")


class Vocabulary:
    """The `tokenizer.json` of a folder. `size` is one more than the largest id.

    Raises `CheckpointError` where the folder has no such file.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            content = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
            self.added: dict[str, int] = {token["content"]: token["id"] for token in content["added_tokens"]}
            self._plain: dict[str, int] = content["model"]["vocab"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CheckpointError(
                f"{folder} has no tokenizer.json that can be read: name a folder with the tokenizer of MiniCPM-V-2_6"
            ) from error
        self.size = 1 + max([*self.added.values(), *self._plain.values()])

    def id_of(self, token: str) -> int:
        """Return the id of a control token. Raises `CheckpointError` where there is none."""
        if token not in self.added:
            raise CheckpointError(f"{self.folder / 'tokenizer.json'} lacks the control token {token}")
        return self.added[token]

    def is_new(self, token: str) -> bool:
        """Return whether a control token was added behind the vocabulary, as all but `<unk>` of the real one are."""
        return token in self.added and token not in self._plain


def write_tokenizer(folder: Path, vocabulary: Vocabulary) -> None:
    """Copy the vocabulary, and write the published files with its ids; tokens that it lacks are left out of them."""
    for name in VOCABULARY_FILES:
        if (vocabulary.folder / name).is_file():
            shutil.copyfile(vocabulary.folder / name, folder / name)
    write_json(folder / "tokenizer_config.json", _make_tokenizer_config(vocabulary))
    write_json(folder / "special_tokens_map.json", _make_special_tokens_map(vocabulary))
    names = [token for token in read_published("added_tokens.json") if vocabulary.is_new(token)]
    write_json(folder / "added_tokens.json", {token: vocabulary.added[token] for token in names})


def _make_tokenizer_config(vocabulary: Vocabulary) -> dict[str, Any]:
    config = read_published("tokenizer_config.json")
    tokens = [token for token in config["added_tokens_decoder"].values() if token["content"] in vocabulary.added]
    return {
        **config,
        "added_tokens_decoder": {str(vocabulary.added[token["content"]]): token for token in tokens},
        "additional_special_tokens": [
            token for token in config["additional_special_tokens"] if token in vocabulary.added
        ],
    }


def _make_special_tokens_map(vocabulary: Vocabulary) -> dict[str, Any]:
    published = read_published("special_tokens_map.json")
    tokens = [token for token in published["additional_special_tokens"] if token["content"] in vocabulary.added]
    return {**published, "additional_special_tokens": tokens}
