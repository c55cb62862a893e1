"""A full text index of texts in memory, made with SQLite's FTS5."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from tools.errors import NotConfigured

if TYPE_CHECKING:
    import sqlite3

# `ascii` takes every character beyond ASCII for a part of a word, which is right for texts that
# `words.indexed` has made. `unicode61` knows only the letters of Unicode 6.1, and splits words of
# Hindi and other scripts at their vowel signs.
_SCHEMA = """
CREATE VIRTUAL TABLE texts USING fts5(title, summary, content='', tokenize='porter ascii');
CREATE VIRTUAL TABLE asked USING fts5(word, content='', tokenize='porter ascii');
CREATE VIRTUAL TABLE stems USING fts5vocab(asked, instance);
"""
_TITLE_WEIGHT = 3
"""A word in a title counts as much as this many in a summary."""

_ADVICE = (
    "similar_to needs it. Use a Python whose SQLite has FTS5, such as one from python.org, or ask"
    " with search, which needs nothing."
)
_WITHOUT_SQLITE = f"The Python of this server has no SQLite; {_ADVICE}"
_WITHOUT_FTS5 = f"The SQLite of this server has no full text search (FTS5); {_ADVICE}"


class Index:
    """An index of texts, which are numbered from 0."""

    def __init__(self, connection: "sqlite3.Connection") -> None:
        self._connection = connection
        connection.executescript(_SCHEMA)

    def add(self, texts: Iterable[tuple[int, str, str]]) -> None:
        """Add texts: the number, the title and the summary of each."""
        statement = "INSERT INTO texts(rowid, title, summary) VALUES (?, ?, ?)"
        self._connection.executemany(statement, texts)

    def stems(self, tokens: Iterable[str]) -> Mapping[str, str]:
        """The stem of each of *tokens*: plurals and tenses of an English word have the same."""
        numbered = dict(enumerate(tokens))
        statement = "INSERT INTO asked(rowid, word) VALUES (?, ?)"
        self._connection.executemany(statement, numbered.items())
        stems = self._connection.execute("SELECT doc, term FROM stems")
        return {numbered[number]: stem for number, stem in stems}

    def numbers_of(self, token: str) -> list[int]:
        """The numbers of the texts with *token*."""
        found = self._connection.execute(
            "SELECT rowid FROM texts WHERE texts MATCH ?", (_phrase(token),)
        )
        return [number for (number,) in found]

    def ranked(self, tokens: Iterable[str]) -> list[int]:
        """The numbers of the texts with any of *tokens*, those with the best match first.

        Of texts that match equally well, the one with the lower number comes first.
        """
        # The weights of bm25 are for the columns in their order.
        found = self._connection.execute(
            "SELECT rowid FROM texts WHERE texts MATCH ? ORDER BY bm25(texts, ?, 1), rowid",
            (" OR ".join(map(_phrase, tokens)), _TITLE_WEIGHT),
        )
        return [number for (number,) in found]


def _phrase(token: str) -> str:
    """*token* in the query language of FTS5. In quotation marks nothing acts as syntax."""
    return '"{}"'.format(token.replace('"', '""'))


@contextmanager
def open_index() -> Iterator[Index]:
    """A new index, during the block.

    Raises:
        NotConfigured: this Python has no SQLite, or one without FTS5.
    """
    # Only this kind of call needs it.
    try:
        import sqlite3
    except ImportError:
        raise NotConfigured(_WITHOUT_SQLITE) from None
    with closing(sqlite3.connect(":memory:")) as connection:
        try:
            index = Index(connection)
        except sqlite3.OperationalError:
            raise NotConfigured(_WITHOUT_FTS5) from None
        yield index
