"""Organisations whose data differs only in a mark, and accounts with keys of theirs.

Everything has the same numbers, ids and links in each organisation, and every text of an
organisation begins with its name. So nothing but the key decides what an answer must contain.
"""

import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from sandbox.serving import SEED, Sandbox, serve_store
from sandbox.store import Store
from server.http.accounts.verifier import new_account
from tests.server.http.test_accounts import FAR

OWNERS = ("service", "umbrella", "acme")
"""The organisations. The first one is that of the service's own keys."""


def key_of(organisation: str) -> str:
    return f"key-of-{organisation}-0123456789"


def _marked_store(organisation: str, now: datetime) -> Store:
    store = Store(SEED, now, 400)
    mark = f"{organisation}-"
    with store.lock, store.connection as connection:
        connection.create_function("marked", 1, lambda text: text and mark + text)
        connection.execute(
            "UPDATE incidents SET title = marked(title), summary = marked(summary),"
            " resolution_message = marked(resolution_message)"
        )
        connection.execute(
            "UPDATE resources SET slug = marked(slug), name = marked(name),"
            " attributes = json_set(attributes, '$.slug', marked(slug), '$.name', marked(name))"
            " WHERE slug IS NOT NULL"
        )
        connection.execute("UPDATE io_incidents SET name = marked(name)")
        connection.execute("UPDATE io_attachments SET title = marked(title)")
    return store


@contextmanager
def organisations() -> Iterator[Sandbox]:
    """A sandbox with the data of all organisations. Keys that it does not know are the service's.

    The key `invalid` is refused.
    """
    first, *others = OWNERS
    now = datetime.now(UTC)
    with serve_store(_marked_store(first, now)) as sandbox:
        for organisation in others:
            sandbox.add_organisation(key_of(organisation), _marked_store(organisation, now))
        yield sandbox


def owners(text: str) -> set[str]:
    """The organisations that *text* has marks of."""
    return {*re.findall(f"({'|'.join(OWNERS)})-", text)}


class AccountsFile:
    """An accounts file, and a file with each key, in *directory*.

    `tokens` are by account.
    """

    def __init__(self, directory: Path) -> None:
        self.path = directory / "accounts.toml"
        self.tokens: dict[str, str] = {}
        self._tables: dict[str, str] = {}

    def add(self, name: str, keys: Mapping[str, str] | None = None) -> None:
        """Add an account with these keys, by vendor."""
        token, table = new_account(name, FAR, [])
        self.tokens[name] = token
        self._tables[name] = table
        self.set_keys(name, keys or {})

    def set_keys(self, name: str, keys: Mapping[str, str]) -> None:
        """Write the keys of an account into its files, and name these in the table."""
        paths = {vendor: f"{name}-{vendor}" for vendor in keys}
        for vendor, path in paths.items():
            self.path.with_name(path).write_text(keys[vendor] + "\n", encoding="utf-8")
        table, _, _ = self._tables[name].partition("key_files")
        members = [f"{vendor} = {json.dumps(path)}" for vendor, path in paths.items()]
        self._tables[name] = f"{table}key_files = {{{', '.join(members)}}}\n"
        self.path.write_text("\n".join(self._tables.values()), encoding="utf-8")

    def remove(self, name: str) -> None:
        del self._tables[name]
        self.path.write_text("\n".join(self._tables.values()), encoding="utf-8")


def both(key: str) -> dict[str, str]:
    """The same key for both vendors."""
    return {"rootly": key, "incident_io": key}


@asynccontextmanager
async def client_with(token: str, port: int, mode: Any = "auto") -> AsyncIterator[Client]:
    url = f"http://127.0.0.1:{port}/mcp"
    async with (
        httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=60) as http,
        Client(streamable_http_client(url, http_client=http), mode=mode) as client,
    ):
        yield client
