"""Every question is answered exactly, in few calls and few tokens."""

import json
from statistics import median

import anyio
import pytest
from mcp import Client, types

from evals.classes import CLASSES
from evals.costs import BEGIN, END, Costs, measure, report
from evals.question import Answer, Question, call_of
from sandbox.serving import Sandbox
from tests.pages import check

MOST_TOKENS = dict.fromkeys(CLASSES, 400) | {"one incident in depth": 1_000}


@pytest.fixture(scope="module")
def costs(sandbox: Sandbox) -> Costs:
    return anyio.run(measure, sandbox)


async def answers_to(question: Question, agent: Client) -> list[Answer]:
    answers: list[Answer] = []
    for call in question.calls:
        tool, arguments = call_of(call, answers)
        result = await agent.call_tool(tool, dict(arguments))
        [block] = result.content
        assert isinstance(block, types.TextContent)
        answers.append(json.loads(block.text))
        assert result.structured_content == (None if result.is_error else answers[-1])
    return answers


@pytest.mark.anyio
@pytest.mark.parametrize("name", CLASSES)
async def test_the_answers_are_those_of_the_data(
    sandbox: Sandbox, agent: Client, name: str
) -> None:
    for question in CLASSES[name]:
        answers = await answers_to(question, agent)
        assert 1 <= len(answers) <= 3
        assert question.answer(answers) == question.truth(sandbox.store), question.text


def test_there_are_enough_questions_in_each_class() -> None:
    texts = [question.text for questions in CLASSES.values() for question in questions]
    assert len({*texts}) == len(texts) >= 40
    assert min(map(len, CLASSES.values())) >= 5


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_costs_few_tokens(costs: Costs, name: str) -> None:
    assert median(ours.tokens for ours, _ in costs[name]) < MOST_TOKENS[name]


def test_the_readme_has_what_was_measured(costs: Costs) -> None:
    check(BEGIN, END, report(costs))
