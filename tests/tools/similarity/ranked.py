"""Ranks incidents in tests."""

from collections.abc import Iterable, Mapping

from tools.rootly.similarity.folding import compatible
from tools.rootly.similarity.ranking import Hit, Text, rank

# A set of incidents has many words. In a set of one, everything would be rare.
OTHERS = (
    "Queue of the invoice printer grows",
    "Login page blank on old phones",
    "Warehouse scanners offline",
    "Search results from yesterday",
    "Newsletter sent twice",
)


def as_texts(titles: Iterable[str]) -> dict[str, Text]:
    """Texts with these titles, which are their keys, too."""
    return {title: Text(title=title) for title in titles}


async def hits(query: str, titles: Iterable[str], *, limit: int = 10) -> list[Hit]:
    """The incidents with these titles and some others that are similar to *query*."""
    return (await rank(as_texts([*titles, *OTHERS]), Text(title=query), limit=limit)).hits


async def similar(query: str, titles: Iterable[str]) -> Mapping[str, list[str]]:
    """By title, the words that the similar incidents share, best first."""
    return {hit.key: hit.shared_words for hit in await hits(compatible(query), titles)}
