"""What the routes use: turns, the pipeline, dialogues, the library and clips, built from the settings."""

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from server.customers.customers import Customers
from server.customers.limiter import CustomerLimiter
from server.customers.signing_keys import SigningKeys
from server.dialogue.conversations import Conversations
from server.engine.async_engine import AsyncEngine
from server.handover.handovers import Handovers
from server.handover.summary import Summarizer
from server.handover.summary_writer import SummaryWriter
from server.handover.watching import Watchers
from server.handover.webhook import Webhooks
from server.handover.webhook_target import find_webhook
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
from server.pipeline.tool_calls import ToolCalls
from server.settings.setting import NOTHING
from server.settings.settings import Settings
from server.store.store import Store
from server.tools.actions import ActionLimits, Actions
from server.tools.no_tools import NoTools
from server.tools.protocols import Runner
from server.tools.runner import RunLimits, ToolRunner
from server.turn.image_fetch import PictureFetcher
from server.turn.picture_pool import PicturePool, PoolLimits
from server.turn.pictures import Pictures
from server.turn.turns import TurnLimits, Turns


@dataclass(frozen=True)
class Services:
    """Each is in the state of the application under its name. `close()` ends all processes."""

    limiter: KeyLimiter
    customers: Customers
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
    tools: ToolRunner | None
    pipeline: Pipeline
    watchers: Watchers
    handovers: Handovers
    conversations: Conversations
    actions: Actions
    summaries: SummaryWriter
    webhooks: Webhooks

    def to_state(self) -> dict[str, Any]:
        return {item.name: getattr(self, item.name) for item in fields(self)}

    async def close(self) -> None:
        await self.pictures.close()
        await self.processes.close()
        await self.opening.close()
        await self.clips.close()
        await self.summaries.close()
        await self.webhooks.close()
        self.search.close()


def build_services(
    settings: Settings,
    engine: AsyncEngine,
    store: Store,
    keys: KeyRing | None,
    files: PipelineFiles,
    runner: Runner | None = None,
) -> Services:
    """Build the services; nothing runs before it is used.

    Raises `EmbeddingModelError`, `FolderError`, `WebhookError`.
    """
    limits, pool = _build_limits(settings), _build_picture_pool(settings)
    turns = Turns(engine, limits, Pictures(pool, engine.processor, limits, _build_fetcher(settings)))
    limiter = KeyLimiter(settings.max_streams_per_key)
    accounts = Accounts(keys, Ledger(store), limiter, store.customers)
    processes, opening = (ReadingProcesses(ReadingLimits.from_settings(settings)) for _ in range(2))
    can_read = settings.transcribe_scans and not engine.info.is_demo  # the demo model knows no text but prices
    transcriber = ModelTranscriber(turns, accounts) if can_read else None
    library = Library(store.library, processes, LibraryLimits.of(settings), transcriber, opening, SheetDeriver(store))
    embedder = _load_embedder(settings)
    search = PassageSearch(store.library, embedder)
    document_tables = DocumentTables(store, processes, library)
    sources = Sources(library, search, store.library, DocumentAnswers(document_tables, search))
    knowledge = Knowledge(store, search)
    watchers = Watchers(store, settings.max_desk_streams)
    summaries = SummaryWriter(store, Summarizer(turns, accounts) if settings.handover_summary else None)
    webhooks = _build_webhooks(settings, store)
    handovers = Handovers(store, watchers, settings.max_waiting_sessions, webhooks, summaries)
    tools = build_runner(settings, files)
    limits_of_actions = ActionLimits(settings.max_action_s, 2 * settings.max_tool_s)
    actions = Actions(store.actions, runner or tools or NoTools(), handovers, limits_of_actions)
    calls = None if tools is None else ToolCalls(tools, actions, store.actions, handovers)
    pipeline = build_pipeline(settings, files, turns, store, sources, knowledge, actions, calls)
    clips = _build_clips(settings, turns)
    return Services(
        limiter=limiter,
        customers=_build_customers(settings, store, keys),
        pictures=pool,
        processes=processes,
        opening=opening,
        library=library,
        search=search,
        embeddings=Embeddings(embedder),
        knowledge=knowledge,
        folder=_build_folder(settings, store, library),
        tables=document_tables,
        charts=ChartDrawer(),
        clips=clips,
        tools=tools,
        pipeline=pipeline,
        watchers=watchers,
        handovers=handovers,
        conversations=Conversations(pipeline, store, library, clips, handovers),
        actions=actions,
        summaries=summaries,
        webhooks=webhooks,
    )


def _build_customers(settings: Settings, store: Store, keys: KeyRing | None) -> Customers:
    limiter = CustomerLimiter(
        settings.customer_requests_per_minute, settings.max_streams_per_customer, settings.anonymous_per_minute
    )
    return Customers(SigningKeys(keys, store.customers), store, limiter, settings)


def build_runner(settings: Settings, files: PipelineFiles) -> ToolRunner | None:
    """Return what runs business tools; None where the settings name none."""
    if files.tools is None:
        return None
    return ToolRunner(files.tools.current, RunLimits(settings.max_tool_calls, settings.max_tool_s))


def _build_webhooks(settings: Settings, store: Store) -> Webhooks:
    target = find_webhook(settings.webhook)
    return Webhooks(store.deliveries, target, settings.max_webhook_tries, settings.handover_summary)


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
