"""Reads and parses the HTTP response of a vendor."""

import zlib
from collections.abc import Callable
from typing import TypeVar

import httpx

from tools.body import CutOff, TooLong, read
from tools.errors import UnexpectedResponse
from tools.failure import is_error, readable

T = TypeVar("T")

MAX_BODY = 16 * 1024 * 1024
"""Bytes of a body that are read, decoded. A page of 100 unslimmed incidents has some 2 MB."""
MAX_ERROR_BODY = 64 * 1024


async def read_success(response: httpx.Response, title: str) -> bytes:
    """The body of an answer with status 200. *title* is the vendor's.

    Raises:
        UnexpectedResponse: the body is too long, or its encoding is not known.
        httpx.TransportError, CutOff: the connection failed before the end of the body.
    """
    try:
        return await read(response, MAX_BODY)
    except TooLong:
        raise UnexpectedResponse(
            f"{title}'s answer is longer than {MAX_BODY // 2**20} MB: "
            "ask for fewer rows, or for a narrower view."
        ) from None
    except zlib.error:
        raise UnexpectedResponse(f"{title}'s answer is not readable.") from None


async def read_refusal(response: httpx.Response) -> bytes:
    """The body of an answer with an error status. It is empty if it cannot be read."""
    try:
        return await read(response, MAX_ERROR_BODY)
    except (httpx.TransportError, OSError, CutOff, TooLong, zlib.error):
        # The status says enough.
        return b""


def parse_success(body: bytes, parse: Callable[[bytes], T], title: str) -> T:
    """The result of *parse*, which raises ValueError for a body that it cannot read.

    Raises:
        UnexpectedResponse: *parse* cannot read it.
    """
    try:
        return parse(body)
    except ValueError as error:
        if is_error(readable(body)):
            problem = "an error with a success status"
        else:
            problem = "in a shape that it does not document"
        raise UnexpectedResponse(f"{title} answered {problem}.") from error
