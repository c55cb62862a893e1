"""Every question is answered exactly, in few calls and few tokens."""

import json
from collections.abc import Iterator, Mapping
from itertools import cycle
from statistics import median
from typing import Any

import anyio
import pytest
from _pytest.mark.structures import ParameterSet
from mcp import Client, types

from evals import unanswerable
from evals.classes import CLASSES, KINDS
from evals.costs import BEGIN, END, Cost, measure, report
from evals.question import Answer, call_of
from evals.unanswerable import PLACES, Unanswerable
from sandbox.serving import Sandbox
from tests.pages import check

MOST_TOKENS = dict.fromkeys(CLASSES, 400) | {
    "one incident in depth": 1_000,
    "similar incidents": 1_000,
}


async def text_of(tool: str, arguments: Mapping[str, Any], agent: Client) -> str:
    """The text of a result. The structured content has the same facts."""
    result = await agent.call_tool(tool, dict(arguments))
    [block] = result.content
    assert isinstance(block, types.TextContent)
    answer = None if result.is_error else json.loads(block.text)
    assert result.structured_content == answer
    return block.text


def cases() -> Iterator[ParameterSet]:
    """Each class of questions in each protocol era. Where a question reads all incidents, one era
    is for slow tests.
    """
    for name in CLASSES:
        yield pytest.param("auto", name)
        yield pytest.param("legacy", name, marks=[pytest.mark.slow] if name in KINDS else [])


@pytest.mark.anyio
@pytest.mark.parametrize(("agent", "name"), [*cases()], indirect=["agent"])
async def test_the_answers_are_those_of_the_data_and_cost_few_tokens(
    sandbox: Sandbox, agent: Client, name: str
) -> None:
    costs = []
    for question in CLASSES[name]:
        texts: list[str] = []
        answers: list[Answer] = []
        for call in question.calls:
            texts.append(await text_of(*call_of(call, answers), agent))
            answers.append(json.loads(texts[-1]))
        assert question.answer(answers) == question.truth(sandbox.store), question.text
        costs.append(Cost.of(texts))
        assert 1 <= costs[-1].calls <= 3
    assert median(cost.tokens for cost in costs) < MOST_TOKENS[name]


def test_there_are_enough_questions_in_each_class() -> None:
    texts = [question.text for questions in CLASSES.values() for question in questions]
    assert len({*texts}) == len(texts) >= 40
    assert min(map(len, CLASSES.values())) >= 5


def test_there_are_enough_kinds_of_questions_that_filters_do_not_answer() -> None:
    kinds = {name: questions for kinds in KINDS.values() for name, questions in kinds.items()}
    assert len(kinds) == sum(map(len, KINDS.values())) >= 15
    assert min(map(len, kinds.values())) >= 3


@pytest.mark.parametrize("name", KINDS)
def test_the_data_has_something_to_find_for_each_question(sandbox: Sandbox, name: str) -> None:
    for question in CLASSES[name]:
        assert question.truth(sandbox.store), question.text


@pytest.mark.anyio
@pytest.mark.parametrize("question", unanswerable.QUESTIONS, ids=lambda question: question.text)
async def test_no_name_pretends_to_answer_what_cannot_be_answered(
    agent: Client, question: Unanswerable
) -> None:
    for arguments_for, invented in zip(PLACES, cycle(question.invented), strict=False):
        answer = json.loads(await text_of("list_incidents", arguments_for(invented), agent))
        [detail] = answer["error"]["details"]
        assert answer["error"]["code"] == "invalid_arguments"
        assert invented in detail["argument"] or repr(invented) in detail["problem"]
        # The error lists all names that there are. None of them claims to answer the question.
        for name in detail["allowed"]:
            assert not any(word in name for word in question.words), name


@pytest.mark.slow
def test_the_docs_have_what_was_measured(sandbox: Sandbox) -> None:
    check(BEGIN, END, report(anyio.run(measure, sandbox)))
