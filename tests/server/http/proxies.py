"""Real proxies in front of the service, as Debian packages them."""

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

# What people copy from elsewhere passes an upgrade on, which is harder for the service than what OPERATORS.md says.
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
    upstream desk {{ server 127.0.0.1:{service}; keepalive 4; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://desk;
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
            proxy_buffering off;
            proxy_read_timeout 110s;
        }}
    }}
}}
"""
CADDY = """
{{
    admin off
    auto_https off
    storage file_system {folder}
}}
http://localhost:{port} {{
    bind 127.0.0.1
    reverse_proxy 127.0.0.1:{service}
}}
"""


def _nginx(file: Path) -> list[str]:
    return ["nginx", "-e", str(file.with_name("error.log")), "-c", str(file)]


def _caddy(file: Path) -> list[str]:
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(file)]


PROXIES: dict[str, tuple[str, Callable[[Path], list[str]]]] = {"nginx": (NGINX, _nginx), "caddy": (CADDY, _caddy)}


def installed(name: str) -> bool:
    return shutil.which(name) is not None


@contextmanager
def proxied(name: str, service: int, folder: Path) -> Iterator[int]:
    """The port of the proxy *name*, which passes everything on to the port *service*."""
    configuration, command = PROXIES[name]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    file = folder / name
    file.write_text(configuration.format(folder=folder, port=port, service=service), encoding="utf-8")
    environ = {"PATH": "/usr/sbin:/usr/bin:/bin", "HOME": str(folder)}
    with subprocess.Popen(command(file), stderr=subprocess.DEVNULL, env=environ) as process:
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
