"""Faults of gateways and encoders: a success with a body that the client does not expect."""

import json
import zlib
from dataclasses import replace
from functools import cache

from sandbox.faults.case import Case
from sandbox.route import Reply

_MEGABYTE = 1 << 20


def malformed(reply: Reply, case: Case) -> Reply:
    """The body is not JSON."""
    return replace(reply, body=b"{'data': undefined, }")


def cut(reply: Reply, case: Case) -> Reply:
    """The JSON stops in the middle. `Content-Length` is that of the part."""
    payload = reply.payload()
    return replace(reply, body=payload[: len(payload) // 2])


def empty(reply: Reply, case: Case) -> Reply:
    """There is no body."""
    return replace(reply, body=b"")


def html(reply: Reply, case: Case) -> Reply:
    """An HTML page instead of the answer, as gateways and sign-in pages send it."""
    return Reply(
        200, b"<!doctype html><title>Sign in</title>", {"Content-Type": "text/html; charset=utf-8"}
    )


def content_type(reply: Reply, case: Case) -> Reply:
    """The right body with a wrong content type."""
    return replace(reply, headers={**reply.headers, "Content-Type": "text/plain"})


def root(reply: Reply, case: Case) -> Reply:
    """`root:JSON` (an empty array): the body is this JSON."""
    return replace(reply, body=json.dumps(json.loads(case.argument or "[]")).encode())


def missing_rows(reply: Reply, case: Case) -> Reply:
    """The document has no rows."""
    if isinstance(reply.body, bytes):
        return reply
    body = {name: value for name, value in reply.body.items() if name != case.vendor.rows}
    return replace(reply, body=body)


def oversized(reply: Reply, case: Case) -> Reply:
    """`oversized:MEGABYTES` (17): the right JSON, then white space."""
    return replace(reply, body=reply.payload() + b" " * (int(case.argument or 17) * _MEGABYTE))


def gzip_bomb(reply: Reply, case: Case) -> Reply:
    """`gzip-bomb:MEGABYTES` (64): a small body that becomes a large one when unpacked."""
    headers = {**reply.headers, "Content-Encoding": "gzip"}
    return replace(reply, body=_bomb(case.vendor.rows, int(case.argument or 64)), headers=headers)


@cache
def _bomb(rows: str, megabytes: int) -> bytes:
    packer = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    packed = [packer.compress(f'{{"{rows}":['.encode())]
    packed += [packer.compress(b" " * _MEGABYTE) for _ in range(megabytes)]
    return b"".join([*packed, packer.compress(b"]}"), packer.flush()])
