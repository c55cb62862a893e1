"""Whether incidents with the same cause are found, in texts that were not written for it.

The histories of the sandbox tell causes in other words. The questions about them were written
without reading the histories.
"""

import pytest

from evals.histories import families_of, texts_of
from evals.wordings import WORDINGS
from sandbox.serving import Sandbox
from tools.rootly.similarity.ranking import Text, rank

pytestmark = pytest.mark.anyio

LEAST = {"alert": 0.85, "terse": 0.5, "chat": 0.25}
"""By kind of question, the least share of right first hits. benchmarks.similarity has the shares.

Other texts need other limits, but a mistake in the ranking halves the shares.
"""


@pytest.mark.parametrize("kind", LEAST)
async def test_the_first_hit_often_has_the_same_cause(sandbox: Sandbox, kind: str) -> None:
    texts, families = texts_of(sandbox.store), families_of(sandbox.store)
    right = 0
    for family, wording in WORDINGS.items():
        hits = (await rank(texts, Text(getattr(wording, kind)), limit=1)).hits
        if hits and hits[0].key in families[family]:
            right += 1
    assert right / len(WORDINGS) >= LEAST[kind]
