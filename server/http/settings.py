"""What only the HTTP service needs of the environment, checked like the rest."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from server.settings import Reading, SettingsError

_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
_HOST = r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)"
_PREFIX = "INCIDENT_DESK_HTTP_"


@dataclass(frozen=True)
class OAuth:
    """Whose tokens are accepted, and for what. `resource` is our own public URL, which a token's audience has to name.

    `token_types` are what a token may say that it is (`typ`), in lower case and without `application/`.
    """

    issuer: str
    resource: str
    jwks_url: str
    scopes: tuple[str, ...] = ()
    token_types: tuple[str, ...] = ("at+jwt",)


@dataclass(frozen=True)
class Limits:
    """Each process holds them for itself. Sizes are bytes, times seconds."""

    connections: int = 800
    calls: int = 256
    calls_per_caller: int = 32
    calls_per_minute: int = 300
    body: int = 128 * 1024
    head: int = 16 * 1024
    head_s: float = 10
    body_s: float = 20
    send_s: float = 30
    idle_s: float = 60


@dataclass(frozen=True)
class HttpSettings:
    """`allowed_hosts` and `allowed_origins` are lower-case; `:*` at an entry's end stands for any port, or none.

    `stop_s` is how long a stop waits for calls in flight.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    socket: str = ""
    workers: int = 1
    allowed_hosts: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    accounts_file: str = ""
    oauth: OAuth | None = None
    limits: Limits = Limits()
    stop_s: float = 100

    @property
    def local(self) -> bool:
        """Only this machine can connect."""
        return bool(self.socket) or is_loopback(self.host)

    @property
    def open(self) -> bool:
        """Nobody has to say who they are."""
        return not self.accounts_file and not self.oauth

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
        """Read *environ*. What the command line says (anything but None) is taken in place of it.

        Raises:
            SettingsError: with everything that is wrong.
        """
        told = {"HOST": host, "PORT": port, "SOCKET": socket, "WORKERS": workers}
        reading = Reading(
            {
                **environ,
                **{_PREFIX + name: str(value) for name, value in told.items() if value is not None},
            }
        )

        def whole(name: str, default: int, low: int, high: int) -> int:
            return int(reading.number(_PREFIX + name, default, low, high))

        def seconds(name: str, default: float) -> float:
            return reading.number(_PREFIX + name, default, 0.1, 3_600)

        settings = cls(
            host=reading.text(f"{_PREFIX}HOST") or cls.host,
            port=whole("PORT", cls.port, 0, 65_535),
            socket=reading.text(f"{_PREFIX}SOCKET"),
            workers=whole("WORKERS", cls.workers, 1, 64),
            allowed_hosts=_list(
                reading,
                "ALLOWED_HOSTS",
                rf"{_HOST}(:(\d{{1,5}}|\*))?",
                "hosts such as desk.example.com",
            ),
            allowed_origins=_list(
                reading,
                "ALLOWED_ORIGINS",
                rf"https?://{_HOST}(:(\d{{1,5}}|\*))?",
                "origins such as https://desk.example.com",
            ),
            accounts_file=reading.text(f"{_PREFIX}ACCOUNTS_FILE"),
            oauth=_oauth(reading),
            limits=Limits(
                connections=whole("MAX_CONNECTIONS", Limits.connections, 1, 100_000),
                calls=whole("MAX_CALLS", Limits.calls, 1, 100_000),
                calls_per_caller=whole("MAX_CALLS_PER_CALLER", Limits.calls_per_caller, 1, 100_000),
                calls_per_minute=whole("CALLS_PER_MINUTE", Limits.calls_per_minute, 1, 1_000_000),
                body=whole("MAX_BODY_BYTES", Limits.body, 1_024, 4 * 1024 * 1024),
                head=whole("MAX_HEAD_BYTES", Limits.head, 1_024, 256 * 1024),
                head_s=seconds("HEAD_TIMEOUT_S", Limits.head_s),
                body_s=seconds("BODY_TIMEOUT_S", Limits.body_s),
                send_s=seconds("SEND_TIMEOUT_S", Limits.send_s),
                idle_s=seconds("IDLE_TIMEOUT_S", Limits.idle_s),
            ),
            stop_s=seconds("STOP_TIMEOUT_S", cls.stop_s),
        )
        if not settings.local and settings.open:
            reading.wrong(
                f"{settings.host} can be reached by others: without {_PREFIX}ACCOUNTS_FILE or {_PREFIX}OAUTH_ISSUER, "
                "only this machine is served (127.0.0.1, ::1 or a unix socket)."
            )
        if settings.open and settings.allowed_hosts:
            reading.wrong(
                f"{_PREFIX}ALLOWED_HOSTS names hosts that others know this server by, and without {_PREFIX}ACCOUNTS_FILE or "
                f"{_PREFIX}OAUTH_ISSUER everyone who reaches it would be served: set one of them, or name no host."
            )
        if not settings.local and not settings.allowed_hosts:
            reading.wrong(
                f"{_PREFIX}ALLOWED_HOSTS is not set: name the hosts that clients know this server by."
            )
        if reading.problems:
            raise SettingsError("\n".join(reading.problems))
        return settings

    def allows_host(self, host: str) -> bool:
        # This machine's own names are nothing that a page elsewhere could make a browser send: health checks may use them.
        allowed = (*self.allowed_hosts, *(f"{name}:*" for name in _LOOPBACK_NAMES))
        return re.fullmatch(rf"{_HOST}(:\d{{1,5}})?", host.lower()) is not None and _among(
            host.lower(), allowed
        )

    def allows_origin(self, origin: str) -> bool:
        allowed = self.allowed_origins
        if not allowed and not self.allowed_hosts:
            allowed = tuple(f"http://{name}:*" for name in _LOOPBACK_NAMES)
        return re.fullmatch(rf"https?://{_HOST}(:\d{{1,5}})?", origin) is not None and _among(
            origin, allowed
        )


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _among(value: str, allowed: tuple[str, ...]) -> bool:
    without_port = re.sub(r":\d+$", "", value)
    return value in allowed or f"{without_port}:*" in allowed


def _list(reading: Reading, name: str, pattern: str, such_as: str) -> tuple[str, ...]:
    entries = tuple(
        entry.strip().lower() for entry in reading.text(_PREFIX + name).split(",") if entry.strip()
    )
    if not all(re.fullmatch(pattern, entry) for entry in entries):
        reading.wrong(
            f"{_PREFIX}{name} takes {such_as}, separated by commas; :* at the end stands for any port."
        )
        return ()
    return entries


def _oauth(reading: Reading) -> OAuth | None:
    names = [f"{_PREFIX}OAUTH_{name}" for name in ("ISSUER", "RESOURCE", "JWKS_URL")]
    # The issuer is compared as it stands, so that its trailing slash stays.
    issuer, urls = reading.text(names[0]), {name: reading.url(name) for name in names}
    token_types = _token_types(reading)
    if missing := [name for name in names if not reading.text(name)]:
        if len(missing) < len(names):
            reading.wrong(f"OAuth needs {' and '.join(missing)}, too.")
        return None
    scopes = tuple(reading.text(f"{_PREFIX}OAUTH_SCOPES").replace(",", " ").split())
    return OAuth(issuer, urls[names[1]], urls[names[2]], scopes, token_types)


def _token_types(reading: Reading) -> tuple[str, ...]:
    name = f"{_PREFIX}OAUTH_TOKEN_TYPES"
    words = reading.text(name).lower().replace(",", " ").split()
    types = tuple(word.removeprefix("application/") for word in words)
    if not all(re.fullmatch(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}", one) for one in types):
        reading.wrong(f"{name} takes types of tokens such as at+jwt or JWT, separated by commas.")
    return types or OAuth.token_types
