"""Reads the body of a response within a limit."""

import zlib

import httpx

_NOT_ENCODED = ("", "identity")
_ZLIB = ("gzip", "x-gzip", "deflate")


class TooLong(Exception):
    """The body is longer than the limit."""


class CutOff(Exception):
    """The compressed body ends before its own end."""


async def read(response: httpx.Response, limit: int) -> bytes:
    """Read and decode a streamed body of at most *limit* decoded bytes.

    httpx would decode it without a limit: a small compressed body could become a huge one.

    Raises:
        TooLong: the body has more bytes.
        CutOff: the compressed body is not complete.
        zlib.error: the encoding is not gzip or deflate, or the body is broken.
        httpx.TransportError: the connection failed before the end of the body.
    """
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding in _NOT_ENCODED:
        return await _read_plain(response, limit)
    if encoding in _ZLIB:
        return await _read_encoded(response, limit)
    raise zlib.error(encoding)


async def _read_plain(response: httpx.Response, limit: int) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > limit:
            raise TooLong
    return bytes(body)


async def _read_encoded(response: httpx.Response, limit: int) -> bytes:
    decoder = zlib.decompressobj(wbits=47)  # gzip or zlib, whichever the header says
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += decoder.decompress(chunk, limit + 1 - len(body))
        if len(body) > limit:
            raise TooLong
    if not decoder.eof:
        raise CutOff
    return bytes(body)
