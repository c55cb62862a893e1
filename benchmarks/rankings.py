"""Ways to rank incidents by how similar they are to a text. Each gives their keys, best first."""

import re
from collections.abc import Awaitable, Callable, Mapping

from tools.rootly.similarity.ranking import Text, rank

LIMIT = 10

Texts = Mapping[str, Text]
"""Incidents by their keys, the newest first."""
Ranking = Callable[[Texts, Text], Awaitable[list[str]]]


async def full_text_search(texts: Texts, query: Text) -> list[str]:
    """As `similar_to` ranks them."""
    return [hit.key for hit in (await rank(texts, query, limit=LIMIT)).hits]


async def word_overlap(texts: Texts, query: Text) -> list[str]:
    """By the number of words in common, without stems, weights and limits."""
    query_words = _words(query)
    common = {key: len(query_words & _words(text)) for key, text in texts.items()}
    return sorted(texts, key=lambda key: -common[key])[:LIMIT]


async def newest_first(texts: Texts, query: Text) -> list[str]:
    """The newest ones, whatever they are about."""
    return [*texts][:LIMIT]


RANKINGS: Mapping[str, Ranking] = {
    "`similar_to` (FTS5)": full_text_search,
    "most words in common": word_overlap,
    "the newest first": newest_first,
}


def _words(text: Text) -> set[str]:
    return set(re.findall(r"\w+", f"{text.title} {text.summary}".lower()))
