"""The type of the clients that tests use."""

from typing import Protocol

import httpx


class Ask(Protocol):
    """Sends a GET with these parameters and these options of the sandbox."""

    def __call__(
        self, parameters: "Parameters | None" = None, **options: str
    ) -> httpx.Response: ...


Parameters = dict[str, str] | list[tuple[str, str | int | float | bool | None]]
