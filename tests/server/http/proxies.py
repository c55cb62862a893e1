"""Real proxies in front of the server, as packaged by Debian."""

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SERVICE_PAGE = Path(__file__).parents[3] / "docs/service.md"
NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
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
    auto_https off
    storage file_system {folder}
}}
{site}
"""


def documented(language: str) -> str:
    """The proxy configuration in docs/service.md."""
    text = SERVICE_PAGE.read_text(encoding="utf-8")
    return text.partition(f"```{language}\n")[2].partition("```")[0]


def _nginx_site() -> str:
    return documented("nginx").replace("443 ssl", "127.0.0.1:{port}")


def _upgrading_nginx_site() -> str:
    """A common variant that passes an upgrade on, which is harder for the server."""
    upgrade = (
        "proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;"
    )
    return _nginx_site().replace('proxy_set_header Connection "";', upgrade)


def _caddy_site() -> str:
    return documented("caddyfile").replace(
        "desk.example.com {", "http://localhost:{port} {\n    bind 127.0.0.1"
    )


def _nginx(file: Path) -> list[str]:
    return ["nginx", "-e", str(file.with_name("error.log")), "-c", str(file)]


def _caddy(file: Path) -> list[str]:
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(file)]


@dataclass(frozen=True)
class Proxy:
    """`site` is the part of the configuration about the server; `frame` is the rest."""

    program: str
    frame: str
    site: Callable[[], str]
    command: Callable[[Path], list[str]]


PROXIES = {
    "caddy": Proxy("caddy", CADDY, _caddy_site, _caddy),
    "nginx": Proxy("nginx", NGINX, _nginx_site, _nginx),
    "nginx that passes an upgrade on": Proxy("nginx", NGINX, _upgrading_nginx_site, _nginx),
}


@contextmanager
def proxied(proxy: Proxy, service: int, folder: Path) -> Iterator[int]:
    """The port of *proxy*, which forwards everything to the port *service*."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    site = (
        proxy.site().replace("{port}", str(port)).replace("127.0.0.1:8000", f"127.0.0.1:{service}")
    )
    file = folder / "configuration"
    file.write_text(proxy.frame.format(folder=folder, site=site), encoding="utf-8")
    environ = {"PATH": "/usr/sbin:/usr/bin:/bin", "HOME": str(folder)}
    with subprocess.Popen(proxy.command(file), stderr=subprocess.DEVNULL, env=environ) as process:
        try:
            _wait_for(port)
            yield port
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    until = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return
