"""A full text index in memory, made with SQLite's FTS5."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from tools.errors import NotConfigured

if TYPE_CHECKING:
    import sqlite3

# `porter` finds the plurals and tenses of English. `ascii` takes every character beyond ASCII for a
# part of a word, which is right for what `words.indexed` has made. `unicode61` would split words of
# Hindi and other scripts at their vowel signs, and knows no letters that Unicode got after 2012.
_SCHEMA = """
CREATE VIRTUAL TABLE texts USING fts5(title, summary, content='', tokenize='porter ascii');
CREATE VIRTUAL TABLE counts USING fts5vocab(texts, row);
CREATE VIRTUAL TABLE query USING fts5(token, content='', tokenize='porter ascii');
CREATE VIRTUAL TABLE stems USING fts5vocab(query, instance);
"""
_TITLE_WEIGHT = 2
"""A word in a title counts as much as this many in a summary."""

_ADVICE = (
    "and similar_to needs it. Start this server with a Python whose SQLite has FTS5, such as one"
    " from python.org. Meanwhile, search finds words in titles and summaries."
)
_WITHOUT_SQLITE = f"The Python of this server has no SQLite, {_ADVICE}"
_WITHOUT_FTS5 = f"The SQLite of this server has no full text search (FTS5), {_ADVICE}"


class Index:
    """An index of texts, which have numbers."""

    def __init__(self, connection: "sqlite3.Connection") -> None:
        self._connection = connection
        connection.executescript(_SCHEMA)

    def add(self, texts: Iterable[tuple[int, str, str]]) -> None:
        """Add texts: the number, the title and the summary of each."""
        statement = "INSERT INTO texts(rowid, title, summary) VALUES (?, ?, ?)"
        self._connection.executemany(statement, texts)

    def stems(self, tokens: Iterable[str]) -> Mapping[str, str]:
        """The stem of each of *tokens*. All forms of an English word have the same stem."""
        token_of = dict(enumerate(tokens))
        statement = "INSERT INTO query(rowid, token) VALUES (?, ?)"
        self._connection.executemany(statement, token_of.items())
        stems = self._connection.execute("SELECT doc, term FROM stems")
        return {token_of[number]: stem for number, stem in stems}

    def count(self, stem: str) -> int:
        """How many texts have a word with this stem."""
        counts = self._connection.execute("SELECT doc FROM counts WHERE term = ?", (stem,))
        for (count,) in counts:
            return int(count)
        return 0

    def numbers(self, token: str) -> frozenset[int]:
        """The numbers of the texts that have *token*, in any of its forms."""
        statement = "SELECT rowid FROM texts WHERE texts MATCH ?"
        rows = self._connection.execute(statement, (_phrase(token),))
        return frozenset(number for (number,) in rows)

    def scores(self, tokens: Iterable[str]) -> Mapping[int, float]:
        """By number, how well each text matches that has any of *tokens*: more is better."""
        rows = self._connection.execute(
            "SELECT rowid, -bm25(texts, ?, 1) FROM texts WHERE texts MATCH ?",
            (_TITLE_WEIGHT, " OR ".join(map(_phrase, tokens))),
        )
        return dict(rows)


def _phrase(token: str) -> str:
    """*token* in the query language of FTS5. Nothing between quotation marks acts as syntax."""
    return '"{}"'.format(token.replace('"', '""'))


@contextmanager
def open_index() -> Iterator[Index]:
    """A new index, during the block.

    Raises:
        NotConfigured: this Python has no SQLite, or one without FTS5.
    """
    # No other call needs it.
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
