"""One frozen `Settings`, with what `--help` says of each; `arguments.py` reads them."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from model.options import ATTENTIONS, DEMO, DTYPES, MAX_INP_LENGTH, QUANTIZATIONS, EngineOptions
from server.keys.keyfile import KEYS_FILE

MAX_PORT = 65535
NOTHING = "none"
"""An empty list, where a setting is one."""

AUTO = "auto"
SESSIONS_FILE = "sessions.db"
DATABASE_URL = "DATABASE_URL"
"""What hosting services set; this server's own variable goes before it."""

OTLP_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
"""OpenTelemetry's own; this server's variable goes before it."""

LOG_FORMATS = (AUTO, "json", "text")

HOST = (r"(\*\.)?[^\s/:*]+|[0-9a-fA-F:]+", "img.example.com")
"""What an item of a list is, and one to show: no scheme and no port, which no host would ever be equal to."""

ORIGIN = (r"\*|[a-zA-Z][\w+.-]*://[^\s/]+", "https://shop.example.com")
"""The same: as browsers send it, without a path or a slash at the end."""

Rule = Literal["profile", "on", "off"]
"""The operator's word on a stage: `profile` leaves it to profiles and requests, `off` to nobody."""

RULES = get_args(Rule)

ALIASES = (
    "minicpm-v",
    "minicpm-v:8b",
    "minicpm-v:8b-int4",
    "minicpm-v:8b-2.6-q4_0",
    "minicpm-v:8b-2.6-q8_0",
    "minicpm-v:8b-2.6-fp16",
)
"""Ollama's users have these names for the model."""


def _setting(default: Any, help_text: str, **options: Any) -> Any:
    """A field with what `--help` says of it; `choices`, `items`, or `least` and `most`; `also` is another variable."""
    return field(default=default, metadata={"help": help_text, **options})


@dataclass(frozen=True)
class Settings:
    model: str = _setting(DEMO, f"{DEMO}, a checkpoint's folder, or a Hub id such as openbmb/MiniCPM-V-2_6")
    quantization: str = _setting("none", "weights of the language model", choices=QUANTIZATIONS)
    dtype: str = _setting("auto", "auto is bfloat16 on a GPU, float32 on a CPU", choices=("auto", *DTYPES))
    device: str = _setting("auto", "cpu, cuda, cuda:N; auto takes a GPU where there is one")
    attention: str = _setting("auto", "auto takes the first that is right on the device", choices=ATTENTIONS)
    host: str = _setting("127.0.0.1", "address to listen on")
    port: int = _setting(8000, "port to listen on", least=0, most=MAX_PORT)
    data: str = _setting("data", "folder for what the server writes: server.log, sessions.db and keys.toml")
    max_new_tokens: int = _setting(1024, "longest answer, in tokens", least=1)
    max_inp_length: int = _setting(MAX_INP_LENGTH, "longest prompt, in tokens, pictures included", least=1)
    max_body_bytes: int = _setting(32 * 2**20, "largest request body", least=1024)
    max_image_pixels: int = _setting(50_000_000, "largest picture, width times height", least=1)
    max_images: int = _setting(64, "pictures in one request, those of a dialogue's earlier turns included", least=0)
    image_hosts: str = _setting(
        NOTHING,
        "hosts whose pictures may be fetched for image_url, with commas: img.example.com,*.example.org",
        items=HOST,
    )
    max_image_bytes: int = _setting(20 * 2**20, "largest picture that is fetched", least=1)
    max_image_fetch_s: int = _setting(10, "longest time to fetch one, in seconds", least=1)
    model_aliases: str = _setting(",".join(ALIASES), "further names for the model, with commas")
    max_num_seqs: int = _setting(EngineOptions.max_num_seqs, "answers that grow at once", least=1)
    max_num_batched_tokens: int = _setting(0, "tokens in one step; 0 is 2048 on a GPU, 512 on a CPU", least=0)
    kv_cache_bytes: int = _setting(
        0, "size of the KV cache; 0 takes a share of the GPU's free memory, 2 GiB on a CPU", least=0
    )
    kv_cache_percent: int = _setting(
        round(EngineOptions.kv_cache_fraction * 100), "that share, in percent", least=1, most=100
    )
    image_cache_bytes: int = _setting(EngineOptions.image_cache_bytes, "memory for the features of pictures", least=0)
    max_requests: int = _setting(256, "requests in hand at once; more are refused", least=1)
    max_request_s: int = _setting(600, "longest time for a request, in seconds", least=1)
    step_timeout_s: int = _setting(
        300, "a step of the engine is stuck that takes longer; the server ends after as long again; 0: never", least=0
    )
    grace_s: int = _setting(30, "how long answers may go on when the server is told to stop, in seconds", least=0)
    log_format: str = _setting(
        AUTO, "json, text; auto is text on a terminal and JSON elsewhere, in server.log too", choices=LOG_FORMATS
    )
    otlp_endpoint: str = _setting(
        NOTHING, "OpenTelemetry collector for traces, such as http://127.0.0.1:4318", also=OTLP_ENDPOINT
    )
    eager: bool = _setting(False, "decode on a GPU without CUDA graphs")
    repetition_guard: bool = _setting(True, "end an answer that repeats itself without end")
    profile: str = _setting(
        "plain", "profile of /ask, /chat and /compare where neither request, session nor key names one"
    )
    profiles: str = _setting(NOTHING, "folder of further profiles, *.toml; they go before the shipped ones")
    typos: Rule = _setting("profile", "correct typing mistakes of questions", choices=RULES)
    typo_words: str = _setting(NOTHING, "file of further words and corrections")
    moderation: Rule = _setting("profile", "block or mask words of lists, in questions and answers", choices=RULES)
    word_lists: str = _setting(NOTHING, f"folder of word lists; {NOTHING} takes the shipped example")
    answer_cache: Rule = _setting("profile", "answer equal questions from the database", choices=RULES)
    max_cached_answers: int = _setting(10_000, "answers that are kept; 0 is no limit", least=0)
    max_cached_answer_age_days: int = _setting(7, "cached answers are not used for longer; 0 is no limit", least=0)
    database_url: str = _setting(
        AUTO,
        f"for sessions: postgresql://host/name, or a file; {AUTO} is {SESSIONS_FILE} in the data folder",
        also=DATABASE_URL,
    )
    max_session_age_days: int = _setting(30, "sessions unused for longer are deleted; 0 is no limit", least=0)
    max_sessions: int = _setting(10_000, "sessions kept, the last used ones; 0 is no limit", least=0)
    max_runs: int = _setting(200, "saved runs of the playground for each key, the newest; 0 is no limit", least=0)
    keys_file: str = _setting(
        AUTO, f"file of API keys; {AUTO} is {KEYS_FILE} in the data folder, where there is one; {NOTHING} is no file"
    )
    max_streams_per_key: int = _setting(32, "requests of one key in hand at once; more are refused", least=1)
    open_without_keys: bool = _setting(False, "let everybody in who reaches an address other than loopback")
    cors_origins: str = _setting(
        NOTHING,
        "origins whose pages may use the server, with commas: https://shop.example.com; * is any",
        items=ORIGIN,
    )

    @property
    def aliases(self) -> tuple[str, ...]:
        return items(self.model_aliases)

    @property
    def traces_endpoint(self) -> str | None:
        return None if self.otlp_endpoint == NOTHING else self.otlp_endpoint

    @property
    def sessions_place(self) -> str:
        """As `open_store` takes it."""
        return str(Path(self.data) / SESSIONS_FILE) if self.database_url == AUTO else self.database_url

    @property
    def keys_place(self) -> Path | None:
        """The file of keys, which there must be if it was named."""
        if self.keys_file == AUTO:
            path = Path(self.data) / KEYS_FILE
            return path if path.exists() else None
        return None if self.keys_file == NOTHING else Path(self.keys_file)

    @property
    def allowed_origins(self) -> tuple[str, ...]:
        return items(self.cors_origins)

    @property
    def allowed_image_hosts(self) -> tuple[str, ...]:
        return items(self.image_hosts.lower())


def items(text: str) -> tuple[str, ...]:
    """Of a list with commas."""
    return () if text == NOTHING else tuple(item.strip() for item in text.split(",") if item.strip())
