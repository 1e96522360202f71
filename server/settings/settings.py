"""The settings of the server, with the help text of each. `arguments.py` reads them from flags and variables."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from model.options import (
    ATTENTIONS,
    DEMO,
    DTYPES,
    MAX_IMAGE_PIXELS,
    MAX_IMAGE_RATIO,
    MAX_INP_LENGTH,
    QUANTIZATIONS,
    EngineOptions,
)
from server.keys.keyfile import KEYS_FILE
from server.settings.hosts import HOST, HOST_WITH_PORT
from server.settings.knowledge_settings import KnowledgeSettings
from server.settings.library_settings import LibrarySettings
from server.settings.service_settings import ServiceSettings
from server.settings.setting import AUTO, NOTHING, setting

MAX_PORT = 65535
SESSIONS_FILE = "sessions.db"
DATABASE_URL = "DATABASE_URL"
"""The variable that hosting services set; this server's own variable takes precedence."""

OTLP_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
"""OpenTelemetry's variable; this server's own takes precedence."""

LOG_FORMATS = (AUTO, "json", "text")

ORIGIN = (r"\*|[a-zA-Z][\w+.-]*://[^\s/]+", "https://shop.example.com")
"""The pattern of an origin, as browsers send it: without a path or a slash at the end."""

Rule = Literal["profile", "on", "off"]
"""How a stage is switched: `profile` leaves it to profiles and requests; `on` and `off` are the operator's decision."""

RULES = get_args(Rule)

ALIASES = (
    "minicpm-v",
    "minicpm-v:8b",
    "minicpm-v:8b-int4",
    "minicpm-v:8b-2.6-q4_0",
    "minicpm-v:8b-2.6-q8_0",
    "minicpm-v:8b-2.6-fp16",
)
"""The names by which Ollama's users know the model."""


@dataclass(frozen=True)
class _ServerSettings:
    model: str = setting(DEMO, f"{DEMO}, a checkpoint's folder, or a Hub id such as openbmb/MiniCPM-V-2_6")
    revision: str = setting(
        NOTHING, f"the branch, tag or commit of a checkpoint of the Hub; {NOTHING} is the pinned one, or main"
    )
    quantization: str = setting("none", "how the weights of the language model are quantised", choices=QUANTIZATIONS)
    dtype: str = setting(
        "auto", "the type of numbers; auto is bfloat16 on a GPU, float32 on a CPU", choices=("auto", *DTYPES)
    )
    device: str = setting("auto", "cpu, cuda or cuda:N; auto is a GPU where there is one")
    attention: str = setting(
        "auto", "the attention kernel; auto is the first that passes a test on the device", choices=ATTENTIONS
    )
    host: str = setting("127.0.0.1", "the address to listen on")
    port: int = setting(8000, "the port to listen on; 0 takes a free one", least=0, most=MAX_PORT)
    data: str = setting("data", "the folder for what the server writes: server.log, sessions.db and keys.toml")
    max_new_tokens: int = setting(1024, "the longest answer, in tokens", least=1)
    max_inp_length: int = setting(MAX_INP_LENGTH, "the longest prompt, in tokens, pictures included", least=1)
    max_body_bytes: int = setting(32 * 2**20, "the largest request body, in bytes", least=1024)
    body_memory_bytes: int = setting(
        320 * 2**20,
        "the most memory for the bodies of all requests together, in bytes; more wait, and are refused in the end",
        least=1024,
    )
    max_body_s: int = setting(
        30, "the longest time for a request's body to come, in seconds, unless it keeps to min_body_rate", least=1
    )
    min_body_rate: int = setting(
        16 * 1024, "how fast a body has to come to be given more time, in bytes a second", least=1
    )
    max_head_s: int = setting(10, "the longest time for a request's head to come, in seconds", least=1)
    max_connections: int = setting(
        1024, "the most connections at once; it is lowered to what the limit of open files allows", least=1
    )
    max_parts: int = setting(4096, "the most messages and parts of messages in one request, counted together", least=1)
    max_image_pixels: int = setting(MAX_IMAGE_PIXELS, "the largest picture: width times height, in pixels", least=1)
    max_image_ratio: int = setting(
        MAX_IMAGE_RATIO, "how many times as long as its shorter side a picture's longer side may be", least=1
    )
    picture_memory_bytes: int = setting(
        512 * 2**20,
        "the most memory for pictures being decoded and for views that wait, of all requests together, in bytes",
        least=2**20,
    )
    picture_workers: int = setting(2, "the number of processes that decode pictures", least=1, most=64)
    max_picture_s: int = setting(20, "the longest time to decode one picture, in seconds", least=1)
    max_picture_wait_s: int = setting(
        30, "how long a request waits for memory for its body or its pictures, in seconds; then it is refused", least=1
    )
    max_images: int = setting(
        64, "the most pictures in one request, including those of the dialogue's earlier turns", least=0
    )
    image_hosts: str = setting(
        NOTHING,
        "hosts from which pictures of an image_url may be fetched, separated by commas: img.example.com,*.example.org; "
        "on ports other than 80 and 443 with the port, img.example.com:8080",
        items=HOST_WITH_PORT,
    )
    max_image_bytes: int = setting(20 * 2**20, "the largest picture that is fetched, in bytes", least=1)
    max_image_fetch_s: int = setting(10, "the longest time to fetch a picture, in seconds", least=1)
    model_aliases: str = setting(",".join(ALIASES), "further names of the model, separated by commas")
    max_num_seqs: int = setting(
        EngineOptions.max_num_seqs, "the most answers that are generated at the same time", least=1
    )
    max_num_batched_tokens: int = setting(
        0,
        "the most tokens in one step of the engine; 0 is 512 to 2048 on a GPU, as memory allows, and 512 on a CPU",
        least=0,
    )
    kv_cache_bytes: int = setting(
        0, "the size of the KV cache, in bytes; 0 is a share of the GPU's memory, or 2 GiB or less on a CPU", least=0
    )
    kv_cache_percent: int = setting(
        round(EngineOptions.kv_cache_fraction * 100),
        "the share of a GPU's memory for the KV cache, of what weights, steps, graphs and pictures leave, in percent",
        least=1,
        most=100,
    )
    image_cache_bytes: int = setting(
        EngineOptions.image_cache_bytes,
        "the most memory for features of pictures that may be asked about again, in bytes",
        least=0,
    )
    strict_fields: bool = setting(False, "refuse fields of requests that have no effect, as `X-Strict: on` does")
    share_prefix_cache: bool = setting(
        False, "let owners of keys find what was computed for others in the caches of prompts and pictures"
    )
    max_requests: int = setting(256, "the most requests being answered or waiting; more are refused", least=1)
    max_request_s: int = setting(600, "the longest time for a request, in seconds", least=1)
    step_timeout_s: int = setting(
        300,
        "a step that takes longer, in seconds, is stuck; after twice that time the server ends; 0 is never",
        least=0,
    )
    grace_s: int = setting(
        30, "how long running answers may take to end when the server is stopped, in seconds", least=0
    )
    log_format: str = setting(
        AUTO,
        "the form of log lines; auto is text on a terminal, and JSON elsewhere and in server.log",
        choices=LOG_FORMATS,
    )
    otlp_endpoint: str = setting(
        NOTHING, "the OpenTelemetry collector to send traces to, such as http://127.0.0.1:4318", also=OTLP_ENDPOINT
    )
    eager: bool = setting(False, "decode without CUDA graphs on a GPU")
    repetition_guard: bool = setting(True, "end an answer that keeps repeating itself")
    profile: str = setting(
        "plain",
        "the profile where no request, session or key names one; with an operator's key, of /ask, /chat and /compare",
    )
    profiles: str = setting(NOTHING, "a folder of further profiles, *.toml; they replace shipped ones of the same name")
    typos: Rule = setting("profile", "correct typing mistakes in questions", choices=RULES)
    typo_words: str = setting(NOTHING, "a file of further words and corrections")
    moderation: Rule = setting("profile", "block, mask or flag listed words in questions and answers", choices=RULES)
    moderate_instructions: bool = setting(
        True, "moderate system, developer and tool texts too, except those of operators"
    )
    word_lists: str = setting(NOTHING, f"a folder of word lists; {NOTHING} is the shipped example")
    answer_cache: Rule = setting(
        "profile", "answer a question from the database that was answered before", choices=RULES
    )
    max_cached_answers: int = setting(10_000, "the most answers kept in the cache; 0 is no limit", least=0)
    max_cached_answer_age_days: int = setting(7, "how many days a cached answer is used; 0 is no limit", least=0)
    database_url: str = setting(
        AUTO,
        f"the database: postgresql://host/name, or a file; {AUTO} is {SESSIONS_FILE} in the data folder",
        also=DATABASE_URL,
    )
    max_session_age_days: int = setting(30, "how many days an unused session is kept; 0 is no limit", least=0)
    max_sessions: int = setting(10_000, "the most sessions kept, those last used; 0 is no limit", least=0)
    max_runs: int = setting(
        200, "the most saved runs of the playground kept for each key, the newest; 0 is no limit", least=0
    )
    keys_file: str = setting(
        AUTO, f"the file of API keys; {AUTO} is {KEYS_FILE} in the data folder if it exists, {NOTHING} is no file"
    )
    max_streams_per_key: int = setting(
        32, "the most requests of one key being answered or waiting; more are refused", least=1
    )
    open_without_keys: bool = setting(
        False, "serve on an address that other machines can reach although there are no keys"
    )
    allowed_hosts: str = setting(
        NOTHING,
        "names by which the server is reached without keys, beside those of the own machine, separated by commas",
        items=HOST,
    )
    cors_origins: str = setting(
        NOTHING,
        "origins whose pages may use the server, separated by commas: https://shop.example.com; * is any; without keys "
        "pages of the own machine may as well",
        items=ORIGIN,
    )


@dataclass(frozen=True)
class Settings(ServiceSettings, KnowledgeSettings, LibrarySettings, _ServerSettings):
    """All settings: those of the server, then those of documents, of the knowledge base and of customer service."""

    @property
    def aliases(self) -> tuple[str, ...]:
        return split_items(self.model_aliases)

    @property
    def embedding_names(self) -> tuple[str, ...]:
        return () if self.embedding_aliases == NOTHING else split_items(self.embedding_aliases)

    @property
    def traces_endpoint(self) -> str | None:
        return None if self.otlp_endpoint == NOTHING else self.otlp_endpoint

    @property
    def sessions_place(self) -> str:
        """Where sessions are kept, as `open_store` takes it."""
        return str(Path(self.data) / SESSIONS_FILE) if self.database_url == AUTO else self.database_url

    @property
    def keys_place(self) -> Path | None:
        """The file of keys, None for none. One that was named has to exist."""
        if self.keys_file == AUTO:
            path = Path(self.data) / KEYS_FILE
            return path if path.exists() else None
        return None if self.keys_file == NOTHING else Path(self.keys_file)

    @property
    def allowed_origins(self) -> tuple[str, ...]:
        return split_items(self.cors_origins)

    @property
    def allowed_widget_origins(self) -> tuple[str, ...]:
        return split_items(self.widget_origins)

    @property
    def allowed_host_names(self) -> tuple[str, ...]:
        return split_items(self.allowed_hosts)

    @property
    def allowed_image_hosts(self) -> tuple[str, ...]:
        return split_items(self.image_hosts.lower())


def split_items(text: str) -> tuple[str, ...]:
    """Split a list at its commas."""
    return () if text == NOTHING else tuple(item.strip() for item in text.split(",") if item.strip())
