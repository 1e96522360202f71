"""`python -m server.library`, without a server and through one that has the database."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.documents.pdf_writer import text_page, write_pdf
from server.commands.knowledge_command import KEY, main
from server.engine.async_engine import AsyncEngine
from server.keys.keyring import KeyRing
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel
from tests.helpers.keys import make_key, make_secret
from tests.helpers.loopback import serve_on_loopback

FAQ = "question,answer\nHow long is the warranty?,The warranty is two years.\n怎么退货？,三十天内可以退货。\n"


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.delenv(KEY, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """The address of a server over the database `data/sessions.db`, which asks for keys."""
    keys = KeyRing([make_key("root", role="operator"), make_key("ann")])
    (tmp_path / "data").mkdir()
    place = tmp_path / "data" / "sessions.db"
    app = stored_app(Settings(), AsyncEngine(FakeChatModel(), {}), place, keys)
    with serve_on_loopback(app) as (host, port):
        yield f"http://{host}:{port}"


@pytest.fixture(params=["offline", "remote"])
def where(request: pytest.FixtureRequest) -> list[str]:
    """Flags for a database without a server, and for a server."""
    if request.param == "offline":
        return ["--data", "data"]
    return ["--url", request.getfixturevalue("address"), "--key", make_secret("root")]


def write_files(folder: Path) -> tuple[str, str]:
    (folder / "faq.csv").write_text(FAQ, encoding="utf-8")
    (folder / "terms.pdf").write_bytes(write_pdf([text_page(["Parcels arrive within three days."])]))
    return str(folder / "faq.csv"), str(folder / "terms.pdf")


def test_documents_are_added_listed_searched_and_removed(
    where: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["add", "shop", *write_files(tmp_path), *where]) == 0
    added = capsys.readouterr().out
    assert "faq.csv [faq] is read" in added
    assert "terms.pdf [document] is read" in added
    assert main(["list", *where]) == 0
    assert "shop: 2 documents (0 being read, 0 failed)" in capsys.readouterr().out
    assert main(["list", "shop", *where, "--json"]) == 0
    documents = json.loads(capsys.readouterr().out)
    assert {(each["name"], each["state"], each["collection"]) for each in documents} == {
        ("faq.csv", "ready", "shop"),
        ("terms.pdf", "ready", "shop"),
    }
    assert main(["search", "shop", "when", "do", "parcels", "arrive", *where]) == 0
    assert "Parcels arrive within three days." in capsys.readouterr().out
    assert main(["remove", "shop", "terms.pdf", documents[0]["id"], *where]) == 0
    assert main(["remove", "shop", *where]) == 1
    assert "say --yes" in capsys.readouterr().err
    assert main(["remove", "shop", "--yes", *where]) == 0
    capsys.readouterr()
    assert main(["list", *where, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_both_ways_write_the_same_json(address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    faq, _ = write_files(tmp_path)
    found = []
    for where in (["--data", "other"], ["--url", address, "--key", make_secret("root")]):
        assert main(["add", "shop", faq, *where, "--role", "faq", "--name", "asked.csv"]) == 0
        capsys.readouterr()
        assert main(["search", "shop", "How long is the warranty?", *where, "--limit", "1", "--json"]) == 0
        shown = json.loads(capsys.readouterr().out)
        assert shown["hits"][0]["name"] == "asked.csv"
        for each in (*shown["hits"], *([shown["faq"]] if shown["faq"] else [])):
            each.pop("document")
        found.append(shown)
    assert found[0] == found[1]


def test_the_server_that_has_the_database_is_asked(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINICPMV_PORT", address.rpartition(":")[2])
    monkeypatch.setenv(KEY, make_secret("root"))
    assert main(["add", "shop", write_files(tmp_path)[1]]) == 0
    assert "terms.pdf [document] is read" in capsys.readouterr().out
    monkeypatch.setenv("MINICPMV_PORT", "0")
    assert main(["list"]) == 1
    assert "give the address of that server with --url" in capsys.readouterr().err
    monkeypatch.setenv("MINICPMV_PORT", "1")
    assert main(["list"]) == 1
    assert "no server answers at http://127.0.0.1:1" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["list"], ["search", "shop", "warranty"], ["add", "shop", "a.csv"]])
def test_a_key_that_is_no_operators_is_refused(
    address: str, arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.csv").write_text(FAQ, encoding="utf-8")
    assert main([*arguments, "--url", address, "--key", make_secret("ann")]) == 1
    assert capsys.readouterr().err.strip()


def test_what_fails_is_told_and_the_others_are_added(
    where: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty.pdf").touch()
    assert main(["add", "shop", "empty.pdf", "gone.pdf", write_files(tmp_path)[1], *where]) == 1
    out, error = capsys.readouterr()
    assert "empty.pdf: the document cannot be read: the file is empty" in error
    assert "gone.pdf: " in error
    assert "No such file" in error
    assert "terms.pdf [document] is read" in out


def test_what_is_not_there_is_told(where: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["list", "nowhere"], ["remove", "nowhere", "--yes"], ["search", "nowhere", "a"]):
        assert main([*arguments, *where]) == 1
        assert "nowhere" in capsys.readouterr().err


def test_causes_are_in_the_language_of_the_terminal(
    where: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    (tmp_path / "empty.pdf").touch()
    assert main(["add", "shop", "empty.pdf", *where]) == 1
    assert "文件为空" in capsys.readouterr().err
    assert main(["add", "shop", write_files(tmp_path)[1], *where]) == 0
    assert "已读取" in capsys.readouterr().out


def test_without_waiting_a_document_is_left_to_the_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["add", "shop", write_files(tmp_path)[1], "--data", "data", "--no-wait"]) == 0
    out, error = capsys.readouterr()
    assert "is being read" in out
    assert "scanned pages are read by a server's model" in error


def test_names_that_several_documents_have_remove_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    faq, terms = write_files(tmp_path)
    for path in (faq, terms):
        assert main(["add", "shop", path, "--name", "same", "--data", "data"]) == 0
    assert main(["remove", "shop", "same", "--data", "data"]) == 1
    assert "several documents are named same" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["search", "shop", "a", "--limit", "0"], ["add", "shop"], []])
def test_wrong_arguments_are_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


def test_an_address_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--url", "ftp://host"]) == 1
    assert "not an address" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["remove", "shop"], "要删除整个集合 shop，请加上 --yes"),
        (["remove", "shop", "none.txt"], "集合里没有文档 none.txt"),
        (["add", "shop", "a.txt", "b.txt", "--name", "c"], "--name 只能用于一个文件"),
        (["add", "shop", "gone.txt"], "gone.txt: 文件不存在"),
        (["add", "shop", "."], ".: 这是文件夹，不是文件"),
    ],
)
def test_what_cannot_be_done_is_said_in_chinese(
    arguments: list[str],
    said: str,
    where: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert main(["add", "shop", *write_files(tmp_path), *where]) == 0
    capsys.readouterr()
    assert main([*arguments, *where]) == 1
    assert said in capsys.readouterr().err.splitlines()


def test_an_address_without_a_server_is_said_in_chinese(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert main(["list", "--url", "http://127.0.0.1:9"]) == 1
    assert "http://127.0.0.1:9 没有服务应答" in capsys.readouterr().err
    assert main(["list", "--url", "ftp://x"]) == 1
    assert "不是 http://127.0.0.1:8000 这样的地址" in capsys.readouterr().err
