"""The settings of the server, with the help text of each. `arguments.py` reads them from flags and variables."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from model.options import ATTENTIONS, DEMO, DTYPES, MAX_IMAGE_PIXELS, MAX_INP_LENGTH, QUANTIZATIONS, EngineOptions
from server.keys.keyfile import KEYS_FILE

MAX_PORT = 65535
NOTHING = "none"
"""The value of a setting that is left empty."""

AUTO = "auto"
SESSIONS_FILE = "sessions.db"
DATABASE_URL = "DATABASE_URL"
"""The variable that hosting services set; this server's own variable takes precedence."""

OTLP_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
"""OpenTelemetry's variable; this server's own takes precedence."""

LOG_FORMATS = (AUTO, "json", "text")

HOST = (r"(\*\.)?[^\s/:*]+|[0-9a-fA-F:]+", "img.example.com")
"""The pattern of a host in a list, and an example. A scheme or a port is refused: no host would ever match it."""

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


def _setting(default: Any, help_text: str, **options: Any) -> Any:
    """Return a field with its help text. `options`: `choices`, `items`, `least`, `most`, `also` (another variable)."""
    return field(default=default, metadata={"help": help_text, **options})


@dataclass(frozen=True)
class Settings:
    model: str = _setting(DEMO, f"{DEMO}, a checkpoint's folder, or a Hub id such as openbmb/MiniCPM-V-2_6")
    revision: str = _setting(
        NOTHING, f"the branch, tag or commit of a checkpoint of the Hub; {NOTHING} is the pinned one, or main"
    )
    quantization: str = _setting("none", "how the weights of the language model are quantised", choices=QUANTIZATIONS)
    dtype: str = _setting(
        "auto", "the type of numbers; auto is bfloat16 on a GPU, float32 on a CPU", choices=("auto", *DTYPES)
    )
    device: str = _setting("auto", "cpu, cuda or cuda:N; auto is a GPU where there is one")
    attention: str = _setting(
        "auto", "the attention kernel; auto is the first that passes a test on the device", choices=ATTENTIONS
    )
    host: str = _setting("127.0.0.1", "the address to listen on")
    port: int = _setting(8000, "the port to listen on; 0 takes a free one", least=0, most=MAX_PORT)
    data: str = _setting("data", "the folder for what the server writes: server.log, sessions.db and keys.toml")
    max_new_tokens: int = _setting(1024, "the longest answer, in tokens", least=1)
    max_inp_length: int = _setting(MAX_INP_LENGTH, "the longest prompt, in tokens, pictures included", least=1)
    max_body_bytes: int = _setting(32 * 2**20, "the largest request body, in bytes", least=1024)
    max_image_pixels: int = _setting(MAX_IMAGE_PIXELS, "the largest picture: width times height, in pixels", least=1)
    max_images: int = _setting(
        64, "the most pictures in one request, including those of the dialogue's earlier turns", least=0
    )
    image_hosts: str = _setting(
        NOTHING,
        "hosts from which pictures of an image_url may be fetched, separated by commas: img.example.com,*.example.org",
        items=HOST,
    )
    max_image_bytes: int = _setting(20 * 2**20, "the largest picture that is fetched, in bytes", least=1)
    max_image_fetch_s: int = _setting(10, "the longest time to fetch a picture, in seconds", least=1)
    model_aliases: str = _setting(",".join(ALIASES), "further names of the model, separated by commas")
    max_num_seqs: int = _setting(
        EngineOptions.max_num_seqs, "the most answers that are generated at the same time", least=1
    )
    max_num_batched_tokens: int = _setting(
        0,
        "the most tokens in one step of the engine; 0 is 512 to 2048 on a GPU, as memory allows, and 512 on a CPU",
        least=0,
    )
    kv_cache_bytes: int = _setting(
        0, "the size of the KV cache, in bytes; 0 is a share of the GPU's memory, or 2 GiB or less on a CPU", least=0
    )
    kv_cache_percent: int = _setting(
        round(EngineOptions.kv_cache_fraction * 100),
        "the share of a GPU's memory for the KV cache, of what weights, steps, graphs and pictures leave, in percent",
        least=1,
        most=100,
    )
    image_cache_bytes: int = _setting(
        EngineOptions.image_cache_bytes,
        "the most memory for features of pictures that may be asked about again, in bytes",
        least=0,
    )
    max_requests: int = _setting(256, "the most requests being answered or waiting; more are refused", least=1)
    max_request_s: int = _setting(600, "the longest time for a request, in seconds", least=1)
    step_timeout_s: int = _setting(
        300,
        "a step that takes longer, in seconds, is stuck; after twice that time the server ends; 0 is never",
        least=0,
    )
    grace_s: int = _setting(
        30, "how long running answers may take to end when the server is stopped, in seconds", least=0
    )
    log_format: str = _setting(
        AUTO,
        "the form of log lines; auto is text on a terminal, and JSON elsewhere and in server.log",
        choices=LOG_FORMATS,
    )
    otlp_endpoint: str = _setting(
        NOTHING, "the OpenTelemetry collector to send traces to, such as http://127.0.0.1:4318", also=OTLP_ENDPOINT
    )
    eager: bool = _setting(False, "decode without CUDA graphs on a GPU")
    repetition_guard: bool = _setting(True, "end an answer that keeps repeating itself")
    profile: str = _setting(
        "plain", "the profile of /ask, /chat and /compare where no request, session or key names one"
    )
    profiles: str = _setting(
        NOTHING, "a folder of further profiles, *.toml; they replace shipped ones of the same name"
    )
    typos: Rule = _setting("profile", "correct typing mistakes in questions", choices=RULES)
    typo_words: str = _setting(NOTHING, "a file of further words and corrections")
    moderation: Rule = _setting("profile", "block, mask or flag listed words in questions and answers", choices=RULES)
    word_lists: str = _setting(NOTHING, f"a folder of word lists; {NOTHING} is the shipped example")
    answer_cache: Rule = _setting(
        "profile", "answer a question from the database that was answered before", choices=RULES
    )
    max_cached_answers: int = _setting(10_000, "the most answers kept in the cache; 0 is no limit", least=0)
    max_cached_answer_age_days: int = _setting(7, "how many days a cached answer is used; 0 is no limit", least=0)
    database_url: str = _setting(
        AUTO,
        f"the database: postgresql://host/name, or a file; {AUTO} is {SESSIONS_FILE} in the data folder",
        also=DATABASE_URL,
    )
    max_session_age_days: int = _setting(30, "how many days an unused session is kept; 0 is no limit", least=0)
    max_sessions: int = _setting(10_000, "the most sessions kept, those last used; 0 is no limit", least=0)
    max_runs: int = _setting(
        200, "the most saved runs of the playground kept for each key, the newest; 0 is no limit", least=0
    )
    keys_file: str = _setting(
        AUTO, f"the file of API keys; {AUTO} is {KEYS_FILE} in the data folder if it exists, {NOTHING} is no file"
    )
    max_streams_per_key: int = _setting(
        32, "the most requests of one key being answered or waiting; more are refused", least=1
    )
    open_without_keys: bool = _setting(
        False, "serve on an address that other machines can reach although there are no keys"
    )
    cors_origins: str = _setting(
        NOTHING,
        "origins whose pages may use the server, separated by commas: https://shop.example.com; * is any",
        items=ORIGIN,
    )

    @property
    def aliases(self) -> tuple[str, ...]:
        return split_items(self.model_aliases)

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
    def allowed_image_hosts(self) -> tuple[str, ...]:
        return split_items(self.image_hosts.lower())


def split_items(text: str) -> tuple[str, ...]:
    """Split a list at its commas."""
    return () if text == NOTHING else tuple(item.strip() for item in text.split(",") if item.strip())
