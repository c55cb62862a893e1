"""Real proxies in front of copies of the server, with the configurations in `deploy/`."""

import getpass
import ssl
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509

from tests.authority import Authority
from tests.server.http.served import Peer
from tests.tcp_server import closed_port, is_refused
from tests.waiting import wait_until

DEPLOY = Path(__file__).parents[3] / "deploy"
NGINX = """
daemon off;
user {user};
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}
    {site}
}}
"""
CADDY = """
{{
    admin off
    auto_https disable_redirects
    skip_install_trust
    storage file_system {folder}
}}
{site}
"""
_UPGRADE = (
    "proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;"
)

Edits = Mapping[str, str]
"""What replaces a text of a configuration, by this text."""


def _nginx_edits(port: int, certificate: Path) -> Edits:
    return {
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "listen [::]:443 ssl http2;": "",
        "server_name desk.example.com": "server_name localhost",
        "/etc/ssl/desk.example.com.pem": str(certificate),
        "/etc/ssl/private/desk.example.com.key": str(certificate),
    }


def _caddy_edits(port: int, certificate: Path) -> Edits:
    site = f"localhost:{port} {{\n\tbind 127.0.0.1\n\ttls {certificate} {certificate}"
    return {"\ndesk.example.com {": f"\n{site}"}


def _nginx(file: Path) -> list[str]:
    return ["nginx", "-e", str(file.with_name("error.log")), "-c", str(file)]


def _caddy(file: Path) -> list[str]:
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(file)]


@dataclass(frozen=True)
class Proxy:
    """`file` is the configuration in `deploy/`, `frame` is what a machine has around it.

    `edits` gives what an operator edits in the file, for a port and a certificate; `variant` has
    edits on top of these.
    """

    program: str
    file: str
    frame: str
    edits: Callable[[int, Path], Edits]
    command: Callable[[Path], list[str]]
    variant: Edits = field(default_factory=dict)

    def configuration(
        self, port: int, copies: Sequence[int], certificate: Path, folder: Path
    ) -> str:
        """The configuration with the ports of the proxy and of its *copies*."""
        site = (DEPLOY / self.file).read_text(encoding="utf-8")
        addresses = {
            f"127.0.0.1:{8001 + number}": f"127.0.0.1:{copy}" for number, copy in enumerate(copies)
        }
        edits = {**self.edits(port, certificate), **addresses, **self.variant}
        for old, new in edits.items():
            assert site.count(old) == 1, old
            site = site.replace(old, new)
        return self.frame.format(folder=folder, site=site, user=getpass.getuser())


DEPLOYED = {
    "caddy": Proxy("caddy", "Caddyfile", CADDY, _caddy_edits, _caddy),
    "nginx": Proxy("nginx", "nginx.conf", NGINX, _nginx_edits, _nginx),
}
PROXIES = {
    **DEPLOYED,
    # A common variant that passes an upgrade on, which is harder for the server.
    "nginx that passes an upgrade on": Proxy(
        *("nginx", "nginx.conf", NGINX, _nginx_edits, _nginx),
        variant={'proxy_set_header Connection "";': _UPGRADE},
    ),
}


@dataclass(frozen=True)
class Proxied:
    """A running proxy. `tls` is the context of a client that trusts its certificate."""

    port: int
    tls: ssl.SSLContext

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}/mcp"

    def peer(self) -> Peer:
        """A client that sends any bytes, over TLS."""
        peer = Peer(self.port)
        peer.socket = self.tls.wrap_socket(peer.socket, server_hostname="localhost")
        return peer


@contextmanager
def proxied(proxy: Proxy, copies: Sequence[int], folder: Path) -> Iterator[Proxied]:
    """A proxy in front of three *copies*, given by their ports."""
    port = closed_port()
    authority = Authority(folder)
    certificate = authority.server_certificate(x509.DNSName("localhost"))
    file = folder / "configuration"
    text = proxy.configuration(port, copies, certificate, folder)
    file.write_text(text, encoding="utf-8")
    environ = {"PATH": "/usr/sbin:/usr/bin:/bin", "HOME": str(folder)}
    with (
        (folder / "proxy.log").open("wb") as log,
        subprocess.Popen(proxy.command(file), stderr=log, env=environ) as process,
    ):
        try:
            wait_until(lambda: not is_refused(port))
            yield Proxied(port, ssl.create_default_context(cafile=authority.certificate))
        finally:
            process.terminate()
