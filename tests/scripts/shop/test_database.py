"""Work on the shop's file is done whole or not at all."""

import sqlite3
from pathlib import Path

import pytest

from scripts.shop.database import FILE, Database
from scripts.shop.refusal import ShopRefusal

ADD = "INSERT INTO facts VALUES (?, 1)"


def count(database: Database) -> int:
    with database.read() as connection:
        (found,) = connection.execute("SELECT count(*) FROM facts").fetchone()
    return int(found)


def test_work_that_ends_is_kept_also_for_the_next_process(tmp_path: Path) -> None:
    with Database(tmp_path / "new" / "folder").write() as connection:
        connection.execute(ADD, ("a",))
    assert count(Database(tmp_path / "new" / "folder")) == 1


def test_work_that_raises_leaves_nothing(tmp_path: Path) -> None:
    database = Database(tmp_path)

    def fail() -> None:
        with database.write() as connection:
            connection.execute(ADD, ("a",))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert count(database) == 0
    with database.write() as connection:  # and the file is free again
        connection.execute(ADD, ("b",))
    assert count(database) == 1


def test_reading_goes_on_beside_writing_and_sees_what_was_before(tmp_path: Path) -> None:
    database = Database(tmp_path)
    with database.write() as connection:
        connection.execute(ADD, ("a",))
        assert count(database) == 0
    assert count(database) == 1


def test_who_waits_too_long_for_a_writer_is_refused_without_a_change(tmp_path: Path) -> None:
    database, hasty = Database(tmp_path), Database(tmp_path, max_wait_s=0.05)
    with database.write(), pytest.raises(ShopRefusal) as refused, hasty.write():
        raise AssertionError("two write at once")
    assert (refused.value.status, refused.value.code) == (429, "busy")


def test_references_are_checked(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.IntegrityError), Database(tmp_path).write() as connection:
        connection.execute("INSERT INTO lines VALUES ('MS1', 1, 'SH-101-BL', 'M', 1, 299)")


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"this is no database" * 100)
    with pytest.raises(sqlite3.DatabaseError):
        Database(tmp_path)
