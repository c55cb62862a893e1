"""A call's output as CSV (RFC 4180), for spreadsheets."""

import csv
import sys
from collections.abc import Sequence
from typing import Any

from server.commands.compact_json import compact_json
from server.commands.json_output import print_members
from server.commands.page import Members, Page, Row, columns_of

_SEPARATOR = "; "
"""What separates the values of a list in a cell."""
_BEGINNINGS_OF_FORMULAS = (*"=+-@＝＋－＠", "\t", "\r", "\n")
"""A spreadsheet may run a cell that begins with one of these, and strangers type titles.

Those with East Asian settings also run a cell that begins with a full-width form.
"""


class CsvRows:
    """Rows as lines of CSV, as soon as they arrive. All other members follow on stderr.

    If the tool does not say which columns rows can have, the rows wait for the last page.
    """

    streams = True

    def __init__(self) -> None:
        self._writer = csv.writer(sys.stdout)
        self._columns: Sequence[str] = ()
        self._waiting: list[Row] = []
        self._empty_lines = 0
        self._next: Row = {}

    def add(self, page: Page) -> None:
        self._next = page.next
        columns = page.whole_columns()
        if columns and not self._columns:
            self._write_header(columns)
        if self._columns:
            self._write_rows(page.whole_rows())
        else:
            self._waiting += page.whole_rows()
        sys.stdout.flush()

    def finish(self, others: Members) -> None:
        if self._waiting:
            self._write_header(columns_of(self._waiting))
            self._write_rows(self._waiting)
        if self._empty_lines:
            note = f"{self._empty_lines} rows have nothing in these columns."
            others = {**others, "notes": [*others.get("notes", ()), note]}
        print_members(others, self._next)

    def _write_header(self, columns: Sequence[str]) -> None:
        self._columns = columns
        self._writer.writerow(columns)

    def _write_rows(self, rows: Sequence[Row]) -> None:
        for row in rows:
            cells = [_cell(row.get(name)) for name in self._columns]
            self._writer.writerow(cells)
            if not any(cells):
                self._empty_lines += 1


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return _harmless(value)
    if _is_list_of_values(value):
        return _harmless(_SEPARATOR.join(map(_plain, value)))
    return compact_json(value)


def _is_list_of_values(value: Any) -> bool:
    return isinstance(value, list) and not any(isinstance(item, dict | list) for item in value)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else compact_json(value)


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_BEGINNINGS_OF_FORMULAS) else text
