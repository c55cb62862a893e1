"""All questions, in their classes."""

from collections.abc import Mapping, Sequence

from evals import attached, before, counting, deep, depth, live, narrowing, wrong_names
from evals.question import Question

CLASSES: Mapping[str, Sequence[Question]] = {
    "what is live": live.QUESTIONS,
    "narrowing": narrowing.QUESTIONS,
    "one incident in depth": depth.QUESTIONS,
    "has this happened before": before.QUESTIONS,
    "counting and trends": counting.QUESTIONS,
    "attachments both ways": attached.QUESTIONS,
    "wrong names": wrong_names.QUESTIONS,
    "deep paging": deep.QUESTIONS,
}
