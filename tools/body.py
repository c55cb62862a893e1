"""A response's body, read within a limit."""

import zlib

import httpx


class TooLong(Exception):
    """The body is longer than may be read."""


async def read(response: httpx.Response, limit: int) -> bytes:
    """Read and decode a streamed body of at most *limit* bytes, decoded.

    It is decoded here so that a small compressed body cannot become a huge one in memory.

    Raises:
        TooLong: it has more bytes.
        zlib.error: it is encoded in another way than gzip or deflate, or broken.
        httpx.TransportError: it could not be read to its end.
    """
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip", "x-gzip", "deflate", ""):
        raise zlib.error(encoding)
    decoder = zlib.decompressobj(wbits=47) if encoding not in ("identity", "") else None
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += decoder.decompress(chunk, limit + 1 - len(body)) if decoder else chunk
        if len(body) > limit:
            raise TooLong
    if decoder and not decoder.eof:
        raise zlib.error("incomplete")
    return bytes(body)
