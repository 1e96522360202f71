"""The followed folder: what is new, edited, renamed or gone, what cannot be read, and a folder that vanishes."""

import asyncio
import logging
import os
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from server.knowledge.folder import folder as folder_module
from server.knowledge.folder.folder import FollowedFolder
from server.library.library import Library, LibraryLimits
from server.settings.settings import Settings
from server.store.library_records import KNOWLEDGE, LibraryDocument
from server.store.store import Store, open_store
from tests.helpers.fake_reading import FakeProcesses, make_text_file
from tests.helpers.migrated import place_migrated

pytestmark = pytest.mark.anyio

LIMITS = LibraryLimits.of(Settings())


class Place:
    """A followed folder. `passes` looks at it as often as takes two scans."""

    def __init__(self, store: Store, root: Path, **limits: int) -> None:
        self.store, self.root, self.processes = store, root, FakeProcesses()
        max_collections = limits.pop("max_collections", 100)
        self.library = Library(store.library, self.processes, replace(LIMITS, **limits))
        self.folder = FollowedFolder(root, store.knowledge, self.library, max_collections)

    def write(self, path: str, text: str) -> Path:
        """Write a file that changed a minute ago."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        self.settle(file)
        return file

    def settle(self, file: Path, ago_s: float = 60) -> None:
        changed_s = time.time() - ago_s
        os.utime(file, (changed_s, changed_s))

    async def follow(self, num_scans: int = 3) -> None:
        async with self.library.read_in_background():
            await self.look(num_scans)

    async def look(self, num_scans: int = 1) -> None:
        for _ in range(num_scans):
            self.folder._next_scan_s = 0.0
            await self.folder.check()

    async def list(self, name: str = "shop") -> tuple[LibraryDocument, ...]:
        collection = await self.store.knowledge.open_collection(name)
        documents = await self.store.library.list_collection(collection.id)
        return tuple(sorted(documents, key=lambda each: (each.source or "", each.created_s)))

    async def texts(self, name: str = "shop") -> dict[str | None, str]:
        """Return what is found now, by source."""
        ready = [each for each in await self.list(name) if each.state == "ready"]
        assert len({each.source for each in ready}) == len(ready)
        found = {each.source: await self.store.library.list_passages([each.id]) for each in ready}
        return {source: " ".join(each.text for each in passages) for source, passages in found.items()}


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(place_migrated(tmp_path / "store.db")) as opened:
        yield opened


@pytest.fixture
def place(store: Store, tmp_path: Path) -> Place:
    (tmp_path / "knowledge").mkdir()
    return Place(store, tmp_path / "knowledge")


def again(place: Place) -> Place:
    """Return the same folder after a restart."""
    return Place(place.store, place.root)


async def test_files_become_documents_of_their_collections(place: Place) -> None:
    place.write("shop/faq.txt", "How long? Two years.")
    place.write("shop/deep/er/returns.txt", "Thirty days.")
    place.write("店铺/说明.txt", "不锈钢")
    await place.follow()
    assert await place.texts() == {"faq.txt": "How long? Two years.", "deep/er/returns.txt": "Thirty days."}
    assert await place.texts("店铺") == {"说明.txt": "不锈钢"}
    assert [each.name for each in await place.list()] == ["returns.txt", "faq.txt"]


async def test_what_programs_leave_and_links_that_lead_out_are_left_out(
    place: Place, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    for name in (".hidden.txt", "~$plan.docx", "big.zip.part", "a.txt.swp", "a.txt~", "#a.txt#", ".git/config"):
        place.write(f"shop/{name}", "no")
    place.write("shop/a.txt", "yes")
    place.write("loose.txt", "no")
    place.write("bad name!/a.txt", "no")
    (place.root / "shop" / "out.txt").symlink_to(tmp_path / "secret.txt")
    (place.root / "shop" / "out").symlink_to(tmp_path)
    (place.root / "shop" / "in.txt").symlink_to(place.root / "shop" / "a.txt")
    (place.root / "shop" / "loop").symlink_to(place.root / "shop")
    os.mkfifo(place.root / "shop" / "pipe.txt")
    await place.follow()
    assert await place.texts() == {"a.txt": "yes", "in.txt": "yes"}
    for said in ("'loose.txt' lies beside", "'bad name!' is left out", "out.txt is left out: it is a link"):
        assert sum(said in message for message in caplog.messages) == 1, said
    assert [each.name for each in await place.store.knowledge.list_collections()] == ["shop"]


async def test_an_edit_takes_the_place_of_what_was_before(place: Place) -> None:
    place.write("shop/a.txt", "old")
    await place.follow()
    (before,) = await place.list()
    place.write("shop/a.txt", "newer")
    await place.follow()
    assert await place.texts() == {"a.txt": "newer"}
    (after,) = await place.list()
    assert after.id != before.id
    place.write("shop/a.txt", "old")
    await place.follow()
    assert await place.texts() == {"a.txt": "old"}


async def test_the_old_version_stays_until_the_new_one_is_read(place: Place) -> None:
    place.write("shop/a.txt", "old")
    await place.follow()
    place.write("shop/a.txt", "slow new")
    async with place.library.read_in_background():
        looking = asyncio.create_task(place.look(2))
        while len(await place.list()) < 2:
            await asyncio.sleep(0.01)
        assert await place.texts() == {"a.txt": "old"}
        place.processes.gate.set()
        await looking
    assert await place.texts() == {"a.txt": "slow new"}


@pytest.mark.parametrize("text", ["", "fine\fbroken"])
async def test_an_edit_that_cannot_be_read_leaves_the_old_version_in_force(
    place: Place, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    place.write("shop/a.txt", "old")
    await place.follow()
    place.write("shop/a.txt", text)
    await place.follow(5)
    assert await place.texts() == {"a.txt": "old"}
    old, failed = await place.list()
    assert (old.state, failed.state) == ("ready", "failed")
    assert failed.error is not None
    said = [message for message in caplog.messages if "a.txt cannot be read" in message]
    assert len(said) == 1
    assert "what was read of it before stays in force" in said[0]
    num_opened = len(place.processes.opened)
    restarted = again(place)
    await restarted.follow()
    assert restarted.processes.opened == []
    assert len(place.processes.opened) == num_opened
    place.write("shop/a.txt", "mended")
    await restarted.follow()
    assert [each.state for each in await place.list()] == ["ready"]
    assert await place.texts() == {"a.txt": "mended"}


async def test_a_file_that_failed_is_tried_again_after_a_touch(place: Place) -> None:
    file = place.write("shop/a.txt", "")
    await place.follow()
    (failed,) = await place.list()
    place.settle(file, 30)
    await place.follow()
    (tried,) = await place.list()
    assert (failed.state, tried.state) == ("failed", "failed")
    assert failed.id != tried.id


async def test_what_is_gone_is_deleted_and_what_was_sent_stays(place: Place) -> None:
    place.write("shop/a.txt", "one")
    place.write("shop/b.txt", "two")
    await place.follow()
    collection = await place.store.knowledge.open_collection("shop")
    with make_text_file("sent") as file:
        sent = await place.library.add(KNOWLEDGE, collection, "a.txt", file)
    async with place.library.read_in_background():
        while (await place.store.library.get_document(KNOWLEDGE, sent.id)).state == "reading":
            await asyncio.sleep(0.01)
    (place.root / "shop" / "a.txt").unlink()
    await place.follow()
    assert await place.texts() == {"b.txt": "two", None: "sent"}
    shutil.rmtree(place.root / "shop")
    await place.follow()
    assert [each.id for each in await place.list()] == [sent.id]


async def test_a_file_that_is_missing_for_a_moment_is_not_gone(place: Place) -> None:
    file = place.write("shop/a.txt", "one")
    await place.follow()
    (before,) = await place.list()
    file.rename(place.root / "a.txt")
    await place.follow(1)
    (place.root / "a.txt").rename(file)
    await place.follow()
    assert [each.id for each in await place.list()] == [before.id]


async def test_a_renamed_file_is_there_under_its_new_name_before_the_old_one_goes(place: Place) -> None:
    file = place.write("shop/a.txt", "one")
    await place.follow()
    file.rename(file.with_name("b.txt"))
    await place.follow(1)
    assert await place.texts() == {"a.txt": "one", "b.txt": "one"}
    await place.follow(1)
    assert await place.texts() == {"b.txt": "one"}


async def test_a_file_that_is_being_written_waits(place: Place) -> None:
    file = place.write("shop/a.txt", "begun")
    place.settle(file, 0)
    await place.follow(2)
    assert await place.list() == ()
    place.settle(file, -3600)  # the clock of its disk is ahead
    await place.follow(1)
    assert await place.list() == ()
    await place.follow(1)
    assert await place.texts() == {"a.txt": "begun"}


async def test_a_folder_that_vanishes_deletes_nothing(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    place.write("shop/a.txt", "one")
    await place.follow()
    place.root.rename(place.root.with_name("elsewhere"))
    await place.follow()
    assert await place.texts() == {"a.txt": "one"}
    assert sum("has vanished, nothing of it is deleted" in message for message in caplog.messages) == 1
    place.root.mkdir()  # what a disk was mounted on
    await place.follow()
    assert await place.texts() == {"a.txt": "one"}
    await again(place).follow()
    assert await place.texts() == {"a.txt": "one"}
    place.root.rmdir()
    place.root.with_name("elsewhere").rename(place.root)
    place.write("shop/b.txt", "two")
    await place.follow()
    assert await place.texts() == {"a.txt": "one", "b.txt": "two"}
    assert any("is there again" in message for message in caplog.messages)


async def test_a_collection_whose_folder_is_another_one_and_empty_loses_nothing(place: Place) -> None:
    place.write("shop/a.txt", "one")
    place.write("other/a.txt", "one")
    await place.follow()
    (place.root / "shop").rename(place.root.with_name("shop"))
    (place.root / "shop").mkdir()
    await place.follow()
    assert await place.texts() == {"a.txt": "one"}


async def test_nothing_is_read_again_after_a_restart_but_what_was_edited(place: Place) -> None:
    place.write("shop/a.txt", "one")
    place.write("shop/b.txt", "two")
    place.write("gone/c.txt", "three")
    await place.follow()
    place.write("shop/b.txt", "newer")
    shutil.rmtree(place.root / "gone")
    restarted = again(place)
    await restarted.follow()
    assert restarted.processes.opened == ["b.txt"] * 2
    assert await place.texts() == {"a.txt": "one", "b.txt": "newer"}
    assert await place.texts("gone") == {}


async def test_reading_that_was_cut_off_goes_on_after_a_restart(place: Place) -> None:
    place.write("shop/a.txt", "old")
    await place.follow()
    place.write("shop/a.txt", "slow new")
    async with place.library.read_in_background():
        looking = asyncio.create_task(place.look(2))
        while len(await place.list()) < 2:
            await asyncio.sleep(0.01)
        looking.cancel()
        await asyncio.wait([looking])
    restarted = again(place)
    restarted.processes.gate.set()
    await restarted.follow()
    assert await place.texts() == {"a.txt": "slow new"}
    assert len(await place.list()) == 1


async def test_the_settings_of_a_collection_give_its_title_and_roles(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    place.write("shop/a.txt", "one")
    settings = place.write("shop/collection.toml", 'title = "Shop"\n[roles]\n"a.txt" = "document"\n')
    await place.follow()
    assert (await place.store.knowledge.get_collection("shop")).title == "Shop"
    assert [each.role for each in await place.list()] == ["document"]
    place.write("shop/collection.toml", "title = 3")
    await place.follow()
    assert sum("its collection.toml is not used" in message for message in caplog.messages) == 1
    place.write("shop/collection.toml", 'title = { zh = "店", en = "Store" }\n[roles]\n"*.txt" = "faq"\n')
    await place.follow()
    assert (await place.store.knowledge.get_collection("shop")).title == "店 Store"
    assert [each.role for each in await place.list()] == ["faq"]
    settings.unlink()
    await place.follow()
    assert [each.role for each in await place.list()] == [None]


async def test_limits_are_told_once_and_tried_again_after_a_change(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place = Place(store, tmp_path / "knowledge", max_collection_documents=2, max_document_bytes=100)
    for name in ("a", "b", "c", "d"):
        place.write(f"shop/{name}.txt", name)
    place.write("shop/big.txt", "x" * 101)
    await place.follow(4)
    assert set(await place.texts()) == {"a.txt", "b.txt"}
    assert sum("not all of its files are read" in message for message in caplog.messages) == 1
    assert sum("big.txt cannot be read" in message for message in caplog.messages) == 1
    place.write("shop/b.txt", "edited")  # takes no more room than before
    await place.follow()
    assert await place.texts() == {"a.txt": "a", "b.txt": "edited"}
    (place.root / "shop" / "a.txt").unlink()
    await place.follow()
    assert len(await place.texts()) == 2
    assert "a.txt" not in await place.texts()


async def test_more_collections_than_there_may_be_are_left_out(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place = Place(store, tmp_path / "knowledge", max_collections=1)
    place.write("one/a.txt", "one")
    place.write("two/a.txt", "two")
    await place.follow(4)
    assert [each.name for each in await store.knowledge.list_collections()] == ["one"]
    assert sum("the collection two: its files are not read" in message for message in caplog.messages) == 1


async def test_a_collection_that_was_deleted_is_made_again(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_module, "RECHECK_EVERY_S", 0.0)
    place.write("shop/a.txt", "one")
    await place.follow()
    await place.store.knowledge.delete_collection("shop")
    await place.follow()
    assert await place.texts() == {"a.txt": "one"}


@asynccontextmanager
async def two_servers(url: str, root: Path) -> AsyncIterator[tuple[Place, Place]]:
    async with open_store(url) as one, open_store(url) as two:
        first, second = Place(one, root), Place(two, root)
        async with first.library.read_in_background(), second.library.read_in_background():
            yield first, second


async def gather(places: tuple[Place, Place], num_scans: int) -> None:
    for _ in range(num_scans):
        await asyncio.gather(*(place.look() for place in places))


async def test_two_servers_that_follow_one_folder_double_nothing(postgres_url: str, tmp_path: Path) -> None:
    async with two_servers(postgres_url, tmp_path / "knowledge") as places:
        for number in range(6):
            places[0].write(f"shop/{number}.txt", f"text {number}")
        for text in ("one", "two", "three"):
            places[0].write("shop/a.txt", text)
            await gather(places, 3)
            documents = await places[0].list()
            assert len(documents) == 7
            assert (await places[1].texts())["a.txt"] == text
        (tmp_path / "knowledge" / "shop" / "a.txt").unlink()
        await gather(places, 3)
        assert len(await places[0].list()) == 6
