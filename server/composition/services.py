"""What the routes use: turns, the pipeline, dialogues, the library and clips, built from the settings."""

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from server.dialogue.conversations import Conversations
from server.engine.async_engine import AsyncEngine
from server.keys.account import Accounts, Ledger
from server.keys.keyring import KeyRing
from server.keys.limiter import KeyLimiter
from server.knowledge.folder.folder import FollowedFolder
from server.knowledge.folder.place import find_folder
from server.knowledge.knowledge import Knowledge
from server.knowledge.sheets.deriver import SheetDeriver
from server.library.asking.sources import Sources
from server.library.embedder import Embedder, load_embedder
from server.library.embeddings import Embeddings
from server.library.library import Library, LibraryLimits
from server.library.processes import ReadingLimits, ReadingProcesses
from server.library.search import PassageSearch
from server.library.tables.document_answers import DocumentAnswers
from server.library.tables.drawing import ChartDrawer
from server.library.tables.extraction import DocumentTables
from server.library.transcription import ModelTranscriber
from server.library.video.clips import ClipLimits, Clips
from server.pipeline.build import PipelineFiles, build_pipeline
from server.pipeline.pipeline import Pipeline
from server.settings.setting import NOTHING
from server.settings.settings import Settings
from server.store.store import Store
from server.turn.image_fetch import PictureFetcher
from server.turn.picture_pool import PicturePool, PoolLimits
from server.turn.pictures import Pictures
from server.turn.turns import TurnLimits, Turns


@dataclass(frozen=True)
class Services:
    """Each is in the state of the application under its name. `close()` ends all processes."""

    limiter: KeyLimiter
    pictures: PicturePool
    processes: ReadingProcesses
    opening: ReadingProcesses
    library: Library
    search: PassageSearch
    embeddings: Embeddings
    knowledge: Knowledge
    folder: FollowedFolder | None
    tables: DocumentTables
    charts: ChartDrawer
    clips: Clips
    pipeline: Pipeline
    conversations: Conversations

    def to_state(self) -> dict[str, Any]:
        return {item.name: getattr(self, item.name) for item in fields(self)}

    async def close(self) -> None:
        await self.pictures.close()
        await self.processes.close()
        await self.opening.close()
        await self.clips.close()
        self.search.close()


def build_services(
    settings: Settings, engine: AsyncEngine, store: Store, keys: KeyRing | None, files: PipelineFiles
) -> Services:
    """Build the services; nothing runs before it is used. Raises `EmbeddingModelError` and `FolderError`."""
    limits, pool = _build_limits(settings), _build_picture_pool(settings)
    turns = Turns(engine, limits, Pictures(pool, engine.processor, limits, _build_fetcher(settings)))
    limiter = KeyLimiter(settings.max_streams_per_key)
    accounts = Accounts(keys, Ledger(store), limiter)
    processes, opening = (ReadingProcesses(ReadingLimits.from_settings(settings)) for _ in range(2))
    can_read = settings.transcribe_scans and not engine.info.is_demo  # the demo model knows no text but prices
    transcriber = ModelTranscriber(turns, accounts) if can_read else None
    library = Library(store.library, processes, LibraryLimits.of(settings), transcriber, opening, SheetDeriver(store))
    embedder = _load_embedder(settings)
    search = PassageSearch(store.library, embedder)
    tables = DocumentTables(store, processes, library)
    sources = Sources(library, search, store.library, DocumentAnswers(tables, search))
    knowledge = Knowledge(store, search)
    pipeline = build_pipeline(settings, files, turns, store, sources, knowledge)
    clips = _build_clips(settings, turns)
    return Services(
        limiter=limiter,
        pictures=pool,
        processes=processes,
        opening=opening,
        library=library,
        search=search,
        embeddings=Embeddings(embedder),
        knowledge=knowledge,
        folder=_build_folder(settings, store, library),
        tables=tables,
        charts=ChartDrawer(),
        clips=clips,
        pipeline=pipeline,
        conversations=Conversations(pipeline, store, library, clips),
    )


def _build_folder(settings: Settings, store: Store, library: Library) -> FollowedFolder | None:
    place = find_folder(settings.knowledge)
    return None if place is None else FollowedFolder(place, store.knowledge, library, settings.max_collections)


def _load_embedder(settings: Settings) -> Embedder | None:
    return None if settings.embedding_model == NOTHING else load_embedder(Path(settings.embedding_model))


def _build_limits(settings: Settings) -> TurnLimits:
    return TurnLimits(
        max_images=settings.max_images,
        max_image_pixels=settings.max_image_pixels,
        max_inp_length=settings.max_inp_length,
        max_new_tokens=settings.max_new_tokens,
        max_image_ratio=settings.max_image_ratio,
        max_picture_s=settings.max_picture_s,
    )


def _build_picture_pool(settings: Settings) -> PicturePool:
    return PicturePool(PoolLimits(settings.picture_workers, settings.picture_memory_bytes, settings.max_picture_wait_s))


def _build_clips(settings: Settings, turns: Turns) -> Clips:
    """Clips have processes of their own: a question must not wait until a long document is read."""
    reading = replace(ReadingLimits.from_settings(settings), max_wait_s=settings.max_picture_wait_s)
    limits = ClipLimits(settings.max_video_bytes, settings.max_video_frames, settings.max_video_s)
    hosts, limit_s = settings.allowed_image_hosts, settings.max_video_s
    return Clips(
        ReadingProcesses(reading), turns, PictureFetcher(hosts, limits.max_bytes, limit_s, accept="video/*"), limits
    )


def _build_fetcher(settings: Settings) -> PictureFetcher:
    return PictureFetcher(settings.allowed_image_hosts, settings.max_image_bytes, settings.max_image_fetch_s)
