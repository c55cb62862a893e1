"""Parses the answers to the small requests that show whether a vendor can be used."""

from collections.abc import Mapping
from typing import Any

from tools.failure import is_error
from tools.request import loads
from tools.vendor import Vendor


def parse_probe(vendor: Vendor, body: bytes) -> list[Any]:
    """The rows of the answer to the probe of *vendor*.

    Raises:
        ValueError: the tools could not read such an answer.
    """
    rows = parse_object(body).get(vendor.probe_rows)
    if not isinstance(rows, list):
        raise ValueError(f"no {vendor.probe_rows}")
    return rows


def parse_object(body: bytes) -> Mapping[str, Any]:
    """Raises:
    ValueError: it is not an object, or reports an error.
    """
    document = loads(body)
    if not isinstance(document, dict):
        raise ValueError("not an object")
    if is_error(document):
        raise ValueError("an error")
    return document
