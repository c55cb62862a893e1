"""A short soak, so that the benchmark cannot rot: what is right under faults is counted by `python -m benchmarks.soak`."""

import pytest

from benchmarks.soak import EXPECTED_ERRORS, soak

pytestmark = pytest.mark.anyio


async def test_no_answer_under_mixed_faults_is_wrong_or_silently_incomplete() -> None:
    tally = await soak(150, seed=5, rate=0.4, pool_size=40, timeout_s=2, say=False)
    assert tally.wrong == []
    assert tally.calls == 150
    assert {*tally.outcomes} <= {"right", "right in part", *EXPECTED_ERRORS}
    assert tally.outcomes["right"] > 50
    assert sum(tally.outcomes[code] for code in EXPECTED_ERRORS) > 5
