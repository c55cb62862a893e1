"""What the clients of the sandbox look like to a test."""

from typing import Protocol

import httpx


class Ask(Protocol):
    """A GET with these parameters, of a sandbox that behaves as the options say."""

    def __call__(
        self, parameters: "Parameters | None" = None, **options: str
    ) -> httpx.Response: ...


Parameters = dict[str, str] | list[tuple[str, str | int | float | bool | None]]
