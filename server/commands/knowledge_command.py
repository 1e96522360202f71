"""`python -m server.library add|list|remove|search`, with a server that runs or without."""

import argparse
import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from server.api.knowledge.adding import AUTO, ROLES
from server.api.knowledge.response import KnowledgeDocument
from server.api.knowledge.searching import MAX_HITS
from server.commands.errors import CommandError, find_language
from server.commands.knowledge_base import KnowledgeBase, NewFile
from server.commands.offline import open_offline
from server.commands.output import Output
from server.commands.remote import RemoteKnowledge
from server.environment import ENV_FILE, EnvFileError, read_env_file
from server.errors.base import Language
from server.knowledge.found import NUM_PASSAGES
from server.settings.arguments import parse_settings
from server.settings.settings import Settings
from server.store.errors import DatabaseError, DatabaseInUse

KEY = "MINICPMV_API_KEY"
"""The variable with an operator's key."""

ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""By the addresses that stand for all of a machine, those by which it reaches itself."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status: 1 where something cannot be done."""
    given = _create_parser().parse_args(arguments)
    output = Output(find_language(), given.json)
    try:
        return int(asyncio.run(_run(given, output)))
    except CommandError as error:
        output.warn(error.write(output.language))
        return 1
    except (DatabaseError, EnvFileError) as error:
        output.warn(str(error))
        return 1
    except KeyboardInterrupt:
        return 130


def _create_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m server.library", description="Add, list, remove and search documents of the knowledge base."
    )
    commands = parser.add_subparsers(required=True, metavar="add|list|remove|search")
    adding = commands.add_parser("add", help="add files to a collection, which is made where there is none")
    adding.set_defaults(run=_add)
    adding.add_argument("collection")
    adding.add_argument("files", nargs="+", type=Path, metavar="file")
    adding.add_argument("--role", choices=list(ROLES), default=AUTO, help="what they are; auto finds that out")
    adding.add_argument("--name", help="the name that is shown, for one file")
    adding.add_argument("--password", help="what opens an encrypted file")
    adding.add_argument(
        "--wait", action=argparse.BooleanOptionalAction, default=True, help="wait until they are read (default)"
    )
    listing = commands.add_parser("list", help="list the collections, or the documents of one")
    listing.set_defaults(run=_list)
    listing.add_argument("collection", nargs="?")
    removing = commands.add_parser("remove", help="remove documents, or a collection with all that is in it")
    removing.set_defaults(run=_remove)
    removing.add_argument("collection")
    removing.add_argument("documents", nargs="*", metavar="document", help="its id, or its name")
    removing.add_argument("--yes", action="store_true", help="remove the whole collection")
    searching = commands.add_parser("search", help="show what an answer to a question would be from, with scores")
    searching.set_defaults(run=_search)
    searching.add_argument("collection")
    searching.add_argument("query", nargs="+")
    searching.add_argument(
        "--limit", type=_read_limit, default=NUM_PASSAGES, help="the most passages (default: %(default)s)"
    )
    for command in (adding, listing, removing, searching):
        command.add_argument("--url", help="the address of a server that runs, such as http://127.0.0.1:8000")
        command.add_argument("--key", help=f"an operator's key (default: the variable {KEY})")
        command.add_argument("--data", help="the server's data folder, used without a server")
        command.add_argument("--database", metavar="URL", help="its database, where that is not in the data folder")
        command.add_argument("--json", action="store_true", help="write JSON, as the server's routes do")
    return parser


def _read_limit(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MAX_HITS:
        raise argparse.ArgumentTypeError(f"it must be from 1 to {MAX_HITS}")
    return int(text)


async def _run(given: argparse.Namespace, output: Output) -> int:
    async with _open(given, output.language) as base:
        status: int = await given.run(given, base, output)
        return status


@asynccontextmanager
async def _open(given: argparse.Namespace, language: Language) -> AsyncIterator[KnowledgeBase]:
    """Open the database, or turn to the server that has it. Raises `CommandError` and `DatabaseError`."""
    key = given.key or os.environ.get(KEY)
    if given.url:
        yield RemoteKnowledge(given.url, key, language)
        return
    settings = _read_settings(given)
    offline = open_offline(settings, language)
    try:
        base = await offline.__aenter__()
    except DatabaseInUse as error:
        if not settings.port:
            raise CommandError(
                f"{error}; give the address of that server with --url",
                f"数据库正被一个服务使用；请用 --url 给出它的地址（{error}）",
            ) from error
        yield RemoteKnowledge(_find_address(settings), key, language)
        return
    try:
        yield base
    finally:
        await offline.__aexit__(None, None, None)


def _read_settings(given: argparse.Namespace) -> Settings:
    """Return the settings of the server, as it would read them here. Raises `EnvFileError`."""
    flags = {"--data": given.data, "--database-url": given.database}
    arguments = [part for flag, value in flags.items() if value for part in (flag, value)]
    return parse_settings(arguments, file=read_env_file(Path(ENV_FILE)))


def _find_address(settings: Settings) -> str:
    host = ANY.get(settings.host, settings.host)
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


async def _add(given: argparse.Namespace, base: KnowledgeBase, output: Output) -> int:
    if given.name and len(given.files) > 1:
        raise CommandError("--name is for one file", "--name 只能用于一个文件")
    for remark in base.remarks:
        output.warn(remark)
    documents = list[KnowledgeDocument]()
    num_refused = 0
    for path in given.files:
        try:
            file = NewFile(path, given.role, given.name or path.name, given.password)
            document = await base.add(given.collection, file)
            if given.wait:
                document = await base.wait(document, output.show_progress)
        except CommandError as error:
            output.warn(f"{path}: {error.write(output.language)}")
            num_refused += 1
        else:
            documents.append(document)
            output.write_document(document)
    output.write_json(documents)
    return int(num_refused > 0 or any(document.state == "failed" for document in documents))


async def _list(given: argparse.Namespace, base: KnowledgeBase, output: Output) -> int:
    if given.collection is None:
        collections = await base.list_collections()
        output.write_json(collections)
        for collection in collections:
            output.write_collection(collection)
        return 0
    documents = await base.list_documents(given.collection)
    output.write_json(documents)
    for document in documents:
        output.write_document(document)
    return 0


async def _remove(given: argparse.Namespace, base: KnowledgeBase, output: Output) -> int:
    if not given.documents:
        if not given.yes:
            raise CommandError(
                f"to remove all of the collection {given.collection}, say --yes",
                f"要删除整个集合 {given.collection}，请加上 --yes",
            )
        await base.remove_collection(given.collection)
        removed = [given.collection]
    else:
        found = _find_documents(await base.list_documents(given.collection), given.documents)
        for document in found:
            await base.remove_document(document)
        removed = [document.name for document in found]
    output.write_json({"removed": removed})
    output.write_removed(removed)
    return 0


def _find_documents(documents: Sequence[KnowledgeDocument], wanted: Sequence[str]) -> list[KnowledgeDocument]:
    """Return the documents of ids or names, each once. Raises `CommandError`, before any is removed."""
    found: dict[str, KnowledgeDocument] = {}
    for text in wanted:
        of_it = [each for each in documents if text == each.id] or [each for each in documents if text == each.name]
        if not of_it:
            raise CommandError(f"the collection has no document {text}", f"集合里没有文档 {text}")
        if len(of_it) > 1:
            ids = ", ".join(each.id for each in of_it)
            raise CommandError(f"several documents are named {text}: {ids}", f"有多个文档名为 {text}：{ids}")
        found[of_it[0].id] = of_it[0]
    return list(found.values())


async def _search(given: argparse.Namespace, base: KnowledgeBase, output: Output) -> int:
    found = await base.search(given.collection, " ".join(given.query), given.limit)
    output.write_json(found)
    output.write_found(found)
    return 0
