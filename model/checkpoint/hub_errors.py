"""What went wrong between here and the Hub, as a sentence that says what to do."""

import errno
import ssl
from dataclasses import dataclass

from huggingface_hub import get_token
from huggingface_hub.errors import (
    DisabledRepoError,
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from model.checkpoint.hub import Hub, NoAnswer, NotAHub
from model.errors import first_line

ELSEWHERE = "set HF_ENDPOINT to a mirror, or run make download on another machine and copy the folder"
GOES_ON = "what was fetched is kept, and the next start goes on from there"
DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class BrokenOff(Exception):
    """A download ended before its last byte. The text says where."""


class WrongBytes(Exception):
    """A file is not what the Hub's list says, twice. The text is the file's name."""


@dataclass(frozen=True)
class Asked:
    """What was asked of which Hub, for messages."""

    hub: Hub
    repository: str
    revision: str

    @property
    def page(self) -> str:
        return f"{self.hub.endpoint}/{self.repository}"


def describe_failure(error: BaseException, asked: Asked) -> str:
    """Return one sentence for anything that asking or downloading raises."""
    for describe in (_describe_own, _describe_reply, _describe_network, _describe_disk):
        sentence = describe(error, asked)
        if sentence is not None:
            return " ".join(sentence.split())
    return " ".join(f"{asked.repository} cannot be fetched from {asked.hub.endpoint}: {first_line(error)}".split())


def is_network_failure(error: BaseException) -> bool:
    """Whether the Hub was not reached at all, rather than that it refused."""
    return isinstance(error, (NoAnswer, NotAHub)) or is_http_error(error, "TransportError") or _has_status(error, 500)


def _describe_own(error: BaseException, asked: Asked) -> str | None:
    where = asked.hub.endpoint
    if isinstance(error, NoAnswer):
        return f"{where} did not answer within {error} s: check the network and its proxy, {ELSEWHERE}"
    if isinstance(error, NotAHub):
        return (
            f"what answers at {where} is not the Hugging Face Hub: log in to the network if it has a login page, "
            "and check HF_ENDPOINT and the proxy"
        )
    if isinstance(error, BrokenOff):
        return f"the download of {asked.repository} from {where} broke off {error}: {GOES_ON}"
    if isinstance(error, WrongBytes):
        return (
            f"{where} sent {error} of {asked.repository} with wrong bytes twice (its hash is not the one in the list): "
            "try again later, or set HF_ENDPOINT to another mirror"
        )
    return None


def _describe_reply(error: BaseException, asked: Asked) -> str | None:
    """Describe a reply of the Hub with a status of an error. Its class is more exact than its status."""
    if isinstance(error, HFValidationError):
        return f"{asked.repository!r} is not a name that a repository of the Hub can have"
    if isinstance(error, OfflineModeIsEnabled):
        return f"HF_HUB_OFFLINE is set, so {asked.repository} is not asked for at {asked.hub.endpoint}"
    if isinstance(error, GatedRepoError):
        return _describe_gate(asked)
    if isinstance(error, DisabledRepoError):
        return f"{asked.repository} is disabled at {asked.hub.endpoint}: {asked.page} may say why"
    if isinstance(error, RevisionNotFoundError):
        return f"{asked.repository} has no revision {asked.revision!r}: {asked.page}/commits/main lists its commits"
    if isinstance(error, EntryNotFoundError):
        return f"a file that {asked.hub.endpoint} lists for {asked.repository} is not there: try again later"
    if not isinstance(error, HfHubHTTPError):
        return None
    status = error.response.status_code
    if status < 500 and _is_page(error):
        return _describe_own(NotAHub(), asked)
    if status == 401 and "Invalid credentials" in str(error):
        return f"{asked.hub.endpoint} does not accept the token in HF_TOKEN: make a new one at {_tokens_page(asked)}"
    if isinstance(error, RepositoryNotFoundError) or status in (401, 404):
        return _describe_absence(asked)
    return _describe_status(error, status, asked)


def _describe_gate(asked: Asked) -> str:
    accept = f"accept its terms at {asked.page}"
    if get_token() is None:
        return (
            f"{asked.repository} is a gated repository: {accept}, make a token at {_tokens_page(asked)}, "
            "and set HF_TOKEN to it"
        )
    return (
        f"{asked.repository} is a gated repository, and the account of the token that was sent (HF_TOKEN) has no "
        f"access: {accept} with that account, and let the token read gated repositories"
    )


def _describe_absence(asked: Asked) -> str:
    absent = f"{asked.repository} does not exist at {asked.hub.endpoint}, or is private"
    if get_token() is None:
        return f"{absent}: check its name, and set HF_TOKEN to a token of an account that may read it"
    return f"{absent} and the account of the token that was sent (HF_TOKEN) may not read it: check its name"


def _tokens_page(asked: Asked) -> str:
    return f"{asked.hub.endpoint}/settings/tokens"


def _describe_status(error: HfHubHTTPError, status: int, asked: Asked) -> str:
    where = asked.hub.endpoint
    if status == 403:
        return (
            f"{where} refuses access to {asked.repository} (403): accept its terms at {asked.page} if it has any, "
            "and set HF_TOKEN to a token that may read it"
        )
    if status == 429:
        wait = error.response.headers.get("Retry-After", "")
        when = f"in {wait} s" if wait.isdigit() else "in some minutes"
        return f"{where} has had too many requests from here (429): start again {when}, or set HF_TOKEN; {GOES_ON}"
    if status >= 500:
        return f"{where} has a fault of its own (status {status}): start again later; {GOES_ON}, or {ELSEWHERE}"
    return f"{where} answers {status} for {asked.repository}: {first_line(error)}"


def _describe_network(error: BaseException, asked: Asked) -> str | None:
    where = asked.hub.endpoint
    if is_http_error(error, "TooManyRedirects"):
        return f"{where} redirects without end: check HF_ENDPOINT and the proxy"
    if is_http_error(error, "UnsupportedProtocol", "InvalidURL", "LocalProtocolError"):
        return f"HF_ENDPOINT is {where!r}, which cannot be asked: write it as https://host"
    if is_http_error(error, "ProxyError"):
        return f"the proxy does not lead to {where} ({first_line(error)}): check HTTPS_PROXY and NO_PROXY"
    if is_http_error(error, "ConnectError") and _is_about_certificates(error):
        return (
            f"the certificate of {where} is not trusted ({first_line(error)}): log in to the network if it has a login "
            "page, or set SSL_CERT_FILE to the certificates of the proxy"
        )
    if is_http_error(error, "ConnectError", "ConnectTimeout"):
        why = first_line(error)
        return f"{where} cannot be reached ({why}): check the network and its proxy, {ELSEWHERE}"
    if is_http_error(error, "TimeoutException"):
        return f"{where} sent nothing for a while ({first_line(error)}): {GOES_ON}"
    if is_http_error(error, "TransportError", "StreamError", "DecodingError"):
        return f"the connection to {where} broke off ({first_line(error)}): {GOES_ON}"
    return None


def _describe_disk(error: BaseException, asked: Asked) -> str | None:
    if not isinstance(error, OSError):
        return None
    file = error.filename or asked.hub.cache
    reason = error.strerror or first_line(error)
    if error.errno in DISK_FULL:
        return f"the disk of {file} is full ({reason}): make room, or set HF_HOME to a folder on another; {GOES_ON}"
    return f"{file} cannot be written ({reason}): make it writable, or set HF_HOME to another folder"


def is_http_error(error: BaseException, *names: str) -> bool:
    """Whether an error is one of these of httpx, which some versions of huggingface_hub call httpx2."""
    return any(
        kind.__name__ in names and kind.__module__.partition(".")[0] in ("httpx", "httpx2")
        for kind in type(error).__mro__
    )


def _is_about_certificates(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError) or "CERTIFICATE_VERIFY_FAILED" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def _is_page(error: HfHubHTTPError) -> bool:
    """Whether an error came as a page for people, without the header that the Hub's errors have."""
    headers = error.response.headers
    return "X-Error-Code" not in headers and headers.get("Content-Type", "").startswith("text/html")


def _has_status(error: BaseException, least: int) -> bool:
    return isinstance(error, HfHubHTTPError) and error.response.status_code >= least
