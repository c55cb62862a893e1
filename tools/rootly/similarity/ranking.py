"""Ranks incidents by the words that their texts share with another text."""

from collections.abc import Mapping
from dataclasses import dataclass

import anyio.to_thread

from tools.rootly.similarity.folding import compatible
from tools.rootly.similarity.index import open_index
from tools.rootly.similarity.words import indexed, words

MAX_SHARED_WORDS = 8


@dataclass(frozen=True)
class Text:
    """The cleaned texts of one incident, or words to compare with incidents."""

    title: str = ""
    summary: str = ""


@dataclass(frozen=True)
class Hit:
    """A similar incident: its key, and the words of the query that it has, the rarest first."""

    key: str
    shared_words: list[str]


async def rank(texts: Mapping[str, Text], query: Text, *, limit: int) -> list[Hit]:
    """The *limit* incidents that are most similar to *query*, best first.

    *texts* has the incidents by their keys, the newest first; of incidents that match equally well
    the first comes first. An incident that is the query itself must not be among them. The work is
    done in a thread.

    Raises:
        NotConfigured: this Python has no SQLite, or one without FTS5.
    """
    return await anyio.to_thread.run_sync(_rank, texts, query, limit, abandon_on_cancel=True)


def _rank(texts: Mapping[str, Text], query: Text, limit: int) -> list[Hit]:
    text = compatible(f"{query.title}\n{query.summary}")
    forms = {word.token: text[word.start : word.end] for word in words(text)}
    keys = [*texts]
    with open_index() as index:
        index.add(
            (number, indexed(one.title), indexed(one.summary))
            for number, one in enumerate(texts.values())
        )
        shared: dict[int, list[str]] = {}
        for token, form in forms.items():
            for number in index.numbers_of(token):
                shared.setdefault(number, []).append(form)
        return [
            Hit(keys[number], shared[number][:MAX_SHARED_WORDS])
            for number in index.ranked(forms)[:limit]
        ]
