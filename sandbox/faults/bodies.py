"""Faults of gateways and encoders: a successful answer with an unexpected body."""

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
    """The JSON stops in the middle. `Content-Length` is the length of this half."""
    payload = reply.payload()
    return replace(reply, body=payload[: len(payload) // 2])


def empty(reply: Reply, case: Case) -> Reply:
    """There is no body."""
    return replace(reply, body=b"")


def html(reply: Reply, case: Case) -> Reply:
    """An HTML page instead of the answer, such as the sign-in page of a gateway."""
    return Reply(
        200, b"<!doctype html><title>Sign in</title>", {"Content-Type": "text/html; charset=utf-8"}
    )


def content_type(reply: Reply, case: Case) -> Reply:
    """The right body with a wrong content type."""
    return replace(reply, headers={**reply.headers, "Content-Type": "text/plain"})


def root(reply: Reply, case: Case) -> Reply:
    """`root:JSON` (by default `[]`): the body is this JSON."""
    return replace(reply, body=json.dumps(json.loads(case.argument or "[]")).encode())


def missing_rows(reply: Reply, case: Case) -> Reply:
    """The document has no rows."""
    if isinstance(reply.body, bytes):
        return reply
    body = {name: value for name, value in reply.body.items() if name != case.vendor.rows}
    return replace(reply, body=body)


def oversized(reply: Reply, case: Case) -> Reply:
    """`oversized:MEGABYTES` (by default 17): the right JSON, then white space."""
    return replace(reply, body=reply.payload() + b" " * (int(case.argument or 17) * _MEGABYTE))


def gzip_bomb(reply: Reply, case: Case) -> Reply:
    """`gzip-bomb:MEGABYTES` (by default 64): a small body that is large when it is unpacked."""
    headers = {**reply.headers, "Content-Encoding": "gzip"}
    return replace(reply, body=_bomb(case.vendor.rows, int(case.argument or 64)), headers=headers)


@cache
def _bomb(rows: str, megabytes: int) -> bytes:
    packer = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    packed = packer.compress(f'{{"{rows}":['.encode())
    for _ in range(megabytes):
        packed += packer.compress(b" " * _MEGABYTE)
    return packed + packer.compress(b"]}") + packer.flush()
