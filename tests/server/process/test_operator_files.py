"""SIGHUP reads the files of the operator again, changed or not."""

import asyncio
from pathlib import Path

import pytest

from server.keys.key import PREFIX, hash_secret
from server.keys.keyring import KeyRing
from server.pipeline.build import open_files
from server.process.operator_files import OperatorFiles
from server.process.signals import Signals
from server.settings.settings import Settings

SECRET = PREFIX + "a" * 30


def write_key(name: str) -> str:
    return f'[{name}]\nsha256 = "{hash_secret(SECRET)}"\nowner = "{name}"\n'


@pytest.mark.anyio
async def test_a_hangup_reads_the_keys_once_and_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "server")
    path, signals = tmp_path / "keys.toml", Signals()
    path.write_text(write_key("ann"))
    keys = KeyRing((), path)
    path.write_text(write_key("bob"))
    reloading = asyncio.create_task(OperatorFiles(keys).reload_on_hangups(signals))
    for number in (1, 2):
        signals.hangup.set()
        async with asyncio.timeout(30):
            while len(caplog.messages) < number:
                await asyncio.sleep(0.01)
    reloading.cancel()
    assert [key.name for key in keys.keys] == ["bob"]
    assert caplog.messages == ["SIGHUP: the keys, profiles and words were read again"] * 2


def test_all_files_of_the_pipeline_are_read_again(tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text("")
    files = OperatorFiles(None)
    files.reload()
    files.pipeline = pipeline = open_files(Settings(typo_words=str(words)))
    assert pipeline.typo_words is not None
    watched = (pipeline.profiles, pipeline.word_lists, pipeline.typo_words)
    for file in watched:
        file.loaded_s = 0.0
    files.reload()
    assert all(file.loaded_s > 0 for file in watched)


def test_a_wrong_file_leaves_what_was_loaded(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "keys.toml"
    path.write_text(write_key("ann"))
    keys = KeyRing((), path)
    path.write_text("no table")
    OperatorFiles(keys).reload()
    assert keys.find(SECRET) is not None
    assert keys.refused is not None
    assert [record.levelname for record in caplog.records] == ["ERROR"]
