"""The pool of questions of one round, each with its true answer: the answer without faults."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from random import Random

from benchmarks.soak.answers import Wrong, rows_of
from benchmarks.soak.draw import attachment_question, incident_question
from benchmarks.soak.question import Question
from benchmarks.soak.recording import ask
from benchmarks.soak.setting import Setting
from benchmarks.soak.truth import check
from sandbox.store import Store
from server.dispatcher import Dispatcher


async def questions(
    settings: Sequence[Setting], clean: Sequence[Dispatcher], store: Store, rng: Random, count: int
) -> list[Question]:
    """A pool of *count* questions or a few more: four fifths about incidents, then attachments.

    Raises:
        Wrong: an answer without faults is not what the sandbox's data has.
    """
    pool: list[Question] = []
    while len(pool) < count * 4 // 5:
        place = rng.randrange(len(settings))
        question = incident_question(place, settings[place], store, rng)
        page_count = rng.randint(1, 3)
        pool += [page async for page in _pages(question, clean[place], store, page_count)]
    for number in range(count - len(pool)):
        place = rng.randrange(len(settings))
        question = attachment_question(place, settings[place], number, store, rng)
        page_count = 2 if number % 20 == 11 else 1
        pool += [page async for page in _pages(question, clean[place], store, page_count)]
    return pool


async def _pages(
    question: Question, dispatcher: Dispatcher, store: Store, count: int
) -> AsyncIterator[Question]:
    """Up to *count* pages of a question: itself, and then the questions of its `next`."""
    for _ in range(count):
        question = await _with_answer(question, dispatcher)
        rows = rows_of(question.answer)
        if not rows and question.is_after_the_end:
            return
        check(question, store)
        yield question
        if "next" not in question.answer:
            return
        arguments = {**question.arguments, **question.answer["next"]}
        question = replace(question, arguments=arguments, start=question.start + len(rows))


async def _with_answer(question: Question, dispatcher: Dispatcher) -> Question:
    result, wire = await ask(dispatcher, question.tool, question.arguments)
    if result.is_error:
        raise Wrong(f"without faults: {question.setting} {question.arguments} → {result.text}")
    return replace(question, answer=json.loads(result.text), document=wire.document())
