"""The settings of the HTTP server, read from environment variables and the command line."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from server.http.board.settings import BoardSettings
from server.http.copies_settings import CopiesSettings
from server.reading import Reading, is_loopback, split_words
from server.setting_names import HTTP_PREFIX as _PREFIX
from server.settings import SettingsError

_LOOPBACK_HOSTS = ("localhost:*", "127.0.0.1:*", "[::1]:*")
_HOST = r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)"
_HOST_AND_PORT = rf"{_HOST}(:\d{{1,5}})?"
_HOST_PATTERN = rf"{_HOST}(:(\d{{1,5}}|\*))?"
"""An entry of an allowlist. `*` stands for any port."""


@dataclass(frozen=True)
class OAuthSettings:
    """The issuer whose tokens are accepted, and the checks of these tokens.

    `resource` is our own public URL. A token's audience must have it. `token_types` are the
    allowed values of `typ`, in lower case and without `application/`.
    """

    issuer: str
    resource: str
    jwks_url: str
    scopes: tuple[str, ...] = ()
    token_types: tuple[str, ...] = ("at+jwt",)


@dataclass(frozen=True)
class HttpLimits:
    """Limits of each process. Sizes are in bytes, times in seconds."""

    connections: int = 800
    calls: int = 256
    calls_per_principal: int = 32
    calls_per_minute: int = 300
    body_bytes: int = 128 * 1024
    head_bytes: int = 16 * 1024
    head_s: float = 10
    body_s: float = 20
    send_s: float = 30
    idle_s: float = 60


@dataclass(frozen=True)
class HttpSettings:
    """The settings of the HTTP server.

    `allowed_hosts` and `allowed_origins` are in lower case. An entry that ends with `:*` allows
    any port, or none. A stop accepts requests for `drain_s`, then waits for running calls for
    `stop_s`.

    `shares_keys` says whether callers without a vendor key of their own use the service's.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    socket: str = ""
    workers: int = 1
    allowed_hosts: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    accounts_file: str = ""
    shares_keys: bool = True
    oauth: OAuthSettings | None = None
    limits: HttpLimits = HttpLimits()
    drain_s: float = 0
    stop_s: float = 100
    copies: CopiesSettings = field(default_factory=CopiesSettings)
    board: BoardSettings = field(default_factory=BoardSettings)

    @property
    def is_local(self) -> bool:
        """Whether only this machine can connect."""
        return bool(self.socket) or is_loopback(self.host)

    @property
    def is_anonymous(self) -> bool:
        """Whether requests need no token."""
        return not self.accounts_file and not self.oauth

    @property
    def has_board(self) -> bool:
        """Whether people can use the board. With OAuth alone, nobody could log in."""
        return self.board.is_on and (bool(self.accounts_file) or self.is_anonymous)

    @classmethod
    def read(
        cls,
        environ: Mapping[str, str],
        *,
        host: str | None = None,
        port: int | None = None,
        socket: str | None = None,
        workers: int | None = None,
    ) -> "HttpSettings":
        """Read the variables in *environ*. Each option that is not None replaces its variable.

        Raises:
            SettingsError: lists every problem.
        """
        variables = dict(environ)
        options = {"HOST": host, "PORT": port, "SOCKET": socket, "WORKERS": workers}
        for name, value in options.items():
            if value is not None:
                variables[_PREFIX + name] = str(value)
        reader = _Reader(variables)
        settings = cls(
            host=reader.text("HOST") or cls.host,
            port=reader.integer("PORT", cls.port, 0, 65_535),
            socket=reader.text("SOCKET"),
            workers=reader.integer("WORKERS", cls.workers, 1, 64),
            allowed_hosts=reader.words(
                "ALLOWED_HOSTS", _HOST_PATTERN, "hosts such as desk.example.com"
            ),
            allowed_origins=reader.words(
                "ALLOWED_ORIGINS",
                rf"https?://{_HOST_PATTERN}",
                "origins such as https://desk.example.com",
            ),
            accounts_file=reader.text("ACCOUNTS_FILE"),
            shares_keys=reader.switch("SERVICE_KEYS", default=cls.shares_keys),
            oauth=_read_oauth(reader),
            limits=_read_limits(reader),
            drain_s=reader.seconds("DRAIN_S", cls.drain_s, least=0),
            stop_s=reader.seconds("STOP_TIMEOUT_S", cls.stop_s),
            copies=reader.copies(),
            board=reader.board(),
        )
        reader.problems += settings._access_problems()
        if reader.switch("BOARD", default=False) and not settings.has_board:
            reader.problems.append(
                f"{_PREFIX}BOARD is 1, but people log in to the board with an account's token: set "
                f"{_PREFIX}ACCOUNTS_FILE, or unset {_PREFIX}BOARD."
            )
        if reader.problems:
            raise SettingsError("\n".join(reader.problems))
        return settings

    def _access_problems(self) -> list[str]:
        """Problems of settings that together would give access to anyone, or to nobody."""
        problems = []
        if not self.is_local and self.is_anonymous:
            problems.append(
                f"Other machines can reach {self.host}, and requests need no token. Set "
                f"{_PREFIX}ACCOUNTS_FILE or {_PREFIX}OAUTH_ISSUER, or listen only on this machine "
                "(127.0.0.1, ::1 or a unix socket)."
            )
        if self.is_anonymous and self.allowed_hosts:
            problems.append(
                f"{_PREFIX}ALLOWED_HOSTS is set, so other machines may reach this server, and "
                f"requests need no token. Set {_PREFIX}ACCOUNTS_FILE or {_PREFIX}OAUTH_ISSUER, or "
                f"unset {_PREFIX}ALLOWED_HOSTS."
            )
        if not self.is_local and not self.allowed_hosts:
            problems.append(
                f"{_PREFIX}ALLOWED_HOSTS is not set. Set it to the host names that clients use for "
                "this server."
            )
        if not self.shares_keys and not self.accounts_file:
            problems.append(
                f"{_PREFIX}SERVICE_KEYS is 0, so only accounts with keys of their own could ask a "
                f"vendor. Set {_PREFIX}ACCOUNTS_FILE, or unset {_PREFIX}SERVICE_KEYS."
            )
        return problems

    def allows_host(self, host: str) -> bool:
        # The local names are always allowed, for health checks. A page of another site cannot make
        # a browser send them.
        allowed = (*self.allowed_hosts, *_LOOPBACK_HOSTS)
        host = host.lower()
        return bool(re.fullmatch(_HOST_AND_PORT, host)) and _is_allowed(host, allowed)

    def allows_origin(self, origin: str) -> bool:
        if self.allowed_origins or self.allowed_hosts:
            return self.lists_origin(origin)
        allowed = tuple(f"http://{host}" for host in _LOOPBACK_HOSTS)
        return _is_origin(origin) and _is_allowed(origin, allowed)

    def lists_origin(self, origin: str) -> bool:
        """Whether the operator has allowed this origin by its name."""
        return _is_origin(origin) and _is_allowed(origin, self.allowed_origins)


def _is_origin(text: str) -> bool:
    return bool(re.fullmatch(rf"https?://{_HOST_AND_PORT}", text))


def _is_allowed(value: str, allowed: tuple[str, ...]) -> bool:
    without_port = re.sub(r":\d+$", "", value)
    return value in allowed or f"{without_port}:*" in allowed


class _Reader:
    """Reads variables, whose names are passed without the prefix, and collects problems."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        # A placeholder that counts as not set could open the service to anyone.
        self._reading = Reading(environ, allows_placeholders=False)
        self.problems = self._reading.problems

    def text(self, name: str) -> str:
        return self._reading.text(_PREFIX + name)

    def url(self, name: str) -> str:
        return self._reading.url(_PREFIX + name)

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        return self._reading.integer(_PREFIX + name, default, low, high)

    def seconds(self, name: str, default: float, least: float = 0.1) -> float:
        return self._reading.number(_PREFIX + name, default, least, 3_600)

    def switch(self, name: str, *, default: bool) -> bool:
        return self._reading.switch(_PREFIX + name, default=default)

    def copies(self) -> CopiesSettings:
        return CopiesSettings.read(self._reading)

    def board(self) -> BoardSettings:
        return BoardSettings.read(self._reading)

    def words(self, name: str, pattern: str, example: str) -> tuple[str, ...]:
        """Comma-separated words that all match *pattern*, in lower case."""
        words = split_words(self.text(name).lower())
        if not all(re.fullmatch(pattern, word) for word in words):
            self.problems.append(
                f"{_PREFIX}{name} takes {example}, separated by commas; "
                ":* at the end stands for any port."
            )
            return ()
        return words


def _read_limits(reader: _Reader) -> HttpLimits:
    default = HttpLimits()
    return HttpLimits(
        connections=reader.integer("MAX_CONNECTIONS", default.connections, 1, 100_000),
        calls=reader.integer("MAX_CALLS", default.calls, 1, 100_000),
        calls_per_principal=reader.integer(
            "MAX_CALLS_PER_CALLER", default.calls_per_principal, 1, 100_000
        ),
        calls_per_minute=reader.integer("CALLS_PER_MINUTE", default.calls_per_minute, 1, 1_000_000),
        body_bytes=reader.integer("MAX_BODY_BYTES", default.body_bytes, 1_024, 4 * 1024 * 1024),
        head_bytes=reader.integer("MAX_HEAD_BYTES", default.head_bytes, 1_024, 256 * 1024),
        head_s=reader.seconds("HEAD_TIMEOUT_S", default.head_s),
        body_s=reader.seconds("BODY_TIMEOUT_S", default.body_s),
        send_s=reader.seconds("SEND_TIMEOUT_S", default.send_s),
        idle_s=reader.seconds("IDLE_TIMEOUT_S", default.idle_s),
    )


def _read_oauth(reader: _Reader) -> OAuthSettings | None:
    names = ("OAUTH_ISSUER", "OAUTH_RESOURCE", "OAUTH_JWKS_URL")
    urls = {name: reader.url(name) for name in names}
    scopes = _split(reader.text("OAUTH_SCOPES"))
    token_types = _read_token_types(reader)
    missing = [_PREFIX + name for name in names if not reader.text(name)]
    if missing:
        # A service that ignored these would be open to anyone on this machine.
        if scopes or token_types or len(missing) < len(names):
            reader.problems.append(f"OAuth also needs {' and '.join(missing)}.")
        return None
    return OAuthSettings(
        # `Reading.url` removes a trailing slash, but the issuer of a token is compared with it.
        issuer=reader.text("OAUTH_ISSUER"),
        resource=urls["OAUTH_RESOURCE"],
        jwks_url=urls["OAUTH_JWKS_URL"],
        scopes=scopes,
        token_types=token_types or OAuthSettings.token_types,
    )


def _read_token_types(reader: _Reader) -> tuple[str, ...]:
    words = _split(reader.text("OAUTH_TOKEN_TYPES").lower())
    types = tuple(word.removeprefix("application/") for word in words)
    if not all(re.fullmatch(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}", name) for name in types):
        reader.problems.append(
            f"{_PREFIX}OAUTH_TOKEN_TYPES takes types of tokens such as at+jwt or JWT, separated by"
            " commas."
        )
    return types


def _split(text: str) -> tuple[str, ...]:
    """The words of *text*, separated by commas or white space."""
    return tuple(text.replace(",", " ").split())
