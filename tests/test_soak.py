"""A short soak, so that the benchmark keeps working. The long one: `python -m benchmarks.soak`."""

import pytest

from benchmarks.soak.judge import EXPECTED_ERRORS
from benchmarks.soak.run import soak

pytestmark = pytest.mark.anyio


async def test_no_answer_under_mixed_faults_is_wrong_or_silently_incomplete() -> None:
    tally = await soak(120, seed=6, rate=0.4, pool_size=40, timeout_s=4, say=False)
    assert tally.wrong == []
    assert tally.calls == 120
    assert {*tally.outcomes} <= {"right", "right in part", *EXPECTED_ERRORS}
    assert tally.outcomes["right"] > 40
    assert sum(tally.bytes.values()) > 5
    assert sum(tally.outcomes[code] for code in EXPECTED_ERRORS) > 5
