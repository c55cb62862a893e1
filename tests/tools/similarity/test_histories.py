"""Whether incidents with the same cause are found, in texts that were not written for it.

The histories of the sandbox tell causes in other words. The questions about them were written
without reading the histories.
"""

from collections.abc import Mapping

import pytest

from evals.wordings import WORDINGS
from sandbox.serving import Sandbox
from sandbox.store import Store
from tools.rootly.similarity.ranking import Text, rank

pytestmark = pytest.mark.anyio

LEAST = {"alert": 0.85, "terse": 0.5, "chat": 0.25}
"""By kind of question, the least share of right first hits. benchmarks.similarity has the shares.

Other texts need other limits, but a mistake in the ranking halves the shares.
"""


def texts_of(store: Store) -> Mapping[str, Text]:
    rows = store.rows(
        "SELECT sequential_id, title, summary FROM incidents ORDER BY created_at DESC"
    )
    return {str(row["sequential_id"]): Text(row["title"], row["summary"] or "") for row in rows}


@pytest.mark.parametrize("kind", LEAST)
async def test_the_first_hit_often_has_the_same_cause(sandbox: Sandbox, kind: str) -> None:
    texts = texts_of(sandbox.store)
    rows = sandbox.store.rows("SELECT sequential_id, family FROM histories")
    family_of = {str(row["sequential_id"]): row["family"] for row in rows}
    right = 0
    for family, wording in WORDINGS.items():
        hits = (await rank(texts, Text(getattr(wording, kind)), limit=1)).hits
        right += [family_of.get(hit.key) for hit in hits] == [family]
    assert right / len(WORDINGS) >= LEAST[kind]
