"""Every question is answered exactly, in few calls and few tokens."""

import json
from collections.abc import Mapping
from statistics import median
from typing import Any

import anyio
import pytest
from mcp import Client, types

from evals import unanswerable
from evals.classes import CLASSES, KINDS
from evals.costs import BEGIN, END, Costs, measure, report
from evals.question import Answer, Question, call_of
from evals.unanswerable import PLACES, Unanswerable
from sandbox.serving import Sandbox
from tests.pages import check

MOST_TOKENS = dict.fromkeys(CLASSES, 400) | {
    "one incident in depth": 1_000,
    "similar incidents": 1_000,
}


@pytest.fixture(scope="module")
def costs(sandbox: Sandbox) -> Costs:
    return anyio.run(measure, sandbox)


async def answer_to(tool: str, arguments: Mapping[str, Any], agent: Client) -> Answer:
    result = await agent.call_tool(tool, dict(arguments))
    [block] = result.content
    assert isinstance(block, types.TextContent)
    answer: Answer = json.loads(block.text)
    assert result.structured_content == (None if result.is_error else answer)
    return answer


async def answers_to(question: Question, agent: Client) -> list[Answer]:
    answers: list[Answer] = []
    for call in question.calls:
        tool, arguments = call_of(call, answers)
        answers.append(await answer_to(tool, arguments, agent))
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
    for invented in question.invented:
        for place, arguments_for in PLACES.items():
            answer = await answer_to("list_incidents", arguments_for(invented), agent)
            [detail] = answer["error"]["details"]
            assert answer["error"]["code"] == "invalid_arguments"
            assert "nothing was sent to Rootly" in answer["error"]["message"]
            assert place in (detail["argument"].partition(".")[0].partition("[")[0], "argument")
            # The reader learns every name that there is, and none of them claims to answer.
            assert invented not in detail["allowed"]
            for name in detail["allowed"]:
                assert not any(word in name for word in question.words), name


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_costs_few_tokens(costs: Costs, name: str) -> None:
    assert median(ours.tokens for ours, _ in costs[name]) < MOST_TOKENS[name]


def test_the_readme_has_what_was_measured(costs: Costs) -> None:
    check(BEGIN, END, report(costs))
