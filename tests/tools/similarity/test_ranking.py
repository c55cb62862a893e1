"""Which incidents are similar, in which order, and within which limits."""

from typing import Any

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.similarity.ranked import OTHERS, as_texts, hits, similar
from tools.rootly.similarity.ranking import Text, rank
from tools.rootly.similarity.shared_words import MAX_SHARED_WORDS

pytestmark = pytest.mark.anyio

SYNTAX = (
    '"',
    'checkout" OR summary : "x',
    "NEAR(checkout payments, 2)",
    "check*",
    "^checkout",
    "summary : checkout",
    "{title summary} : checkout",
    "checkout AND payments NOT cards",
    "a + checkout",
    "checkout\0payments",
    "'; DROP TABLE texts; --",
    "(((((((checkout",
    "\\",
    "%checkout_",
)


async def keys(query: str, titles: list[str], **options: Any) -> list[str]:
    return [hit.key for hit in await hits(query, titles, **options)]


async def test_a_word_in_the_title_counts_more_than_in_the_summary() -> None:
    texts = {
        "summary": Text("Alert of the night", "certificate expired there"),
        "title": Text("Certificate expired there", "alert of the night"),
        **as_texts(OTHERS),
    }
    ranked = (await rank(texts, Text("expired certificate"), limit=5)).hits
    assert [hit.key for hit in ranked] == ["title", "summary"]


async def test_more_shared_words_come_first() -> None:
    titles = ["Kafka restarts", "Kafka rebalance storm", "Storm warning"]
    assert (await keys("kafka rebalance storm", titles))[0] == "Kafka rebalance storm"


async def test_a_title_about_all_of_it_comes_before_rare_words_of_a_summary() -> None:
    texts = {f"rare {number}": Text(f"Case {number}", "disk full") for number in range(100, 200)}
    for number in range(20):
        texts[f"backlog {number}"] = Text("Queue backlog of billing grows", "Alert of the night")
    texts["rare"] = Text("Orders", "Consumers rebalanced since the deploy")
    question = (
        "queue backlog in billing keeps growing since the deploy and consumers cannot keep up"
    )
    hits = (await rank(texts, Text(question), limit=50)).hits
    assert [hit.key for hit in hits] == [*(f"backlog {number}" for number in range(20)), "rare"]


async def test_a_rare_word_counts_more_than_a_frequent_one() -> None:
    titles = [f"Checkout case {number}" for number in range(100, 120)]
    ranked = await hits("checkout quorum", [*titles, "Quorum lost"])
    assert [hit.key for hit in ranked] == ["Quorum lost"]


async def test_of_equal_incidents_the_first_comes_first() -> None:
    texts = {str(number): Text("Disk full on a broker") for number in range(20)}
    ranked = (await rank({**texts, **as_texts(OTHERS)}, Text("broker disk"), limit=30)).hits
    assert [hit.key for hit in ranked] == [*texts]


async def test_the_limit_is_kept() -> None:
    titles = [f"Broker {number}" for number in range(100, 120)]
    assert len(await hits("broker", titles, limit=3)) == 3


async def test_weak_hits_beside_a_strong_one_are_left_out() -> None:
    titles = ["Expired certificate of the mesh", "Certificate dashboard slow"]
    assert await keys("expired mesh certificate", titles) == ["Expired certificate of the mesh"]


async def test_words_that_most_incidents_have_say_nothing() -> None:
    titles = [f"Checkout incident {number}" for number in range(100, 200)]
    assert await keys("checkout incident", titles) == []
    assert await similar("checkout incident 142", titles) == {"Checkout incident 142": ["142"]}


async def test_in_a_small_set_all_words_count() -> None:
    texts = as_texts(["Checkout down", "Checkout slow"])
    ranked = (await rank(texts, Text("the checkout"), limit=5)).hits
    assert [(hit.key, hit.shared_words) for hit in ranked] == [
        ("Checkout down", ["checkout"]),
        ("Checkout slow", ["checkout"]),
    ]
    [only] = (await rank(as_texts(["Disk full"]), Text("full disk"), limit=5)).hits
    assert only.shared_words == ["full", "disk"]


async def test_nothing_is_similar_where_nothing_is() -> None:
    assert await keys("quorum of the brokers lost", []) == []
    assert (await rank({}, Text("checkout"), limit=5)).hits == []
    assert (await rank(as_texts(OTHERS), Text(), limit=5)).hits == []
    assert (await rank({"1": Text()}, Text("checkout"), limit=5)).hits == []


async def test_words_of_a_query_that_no_incident_has_do_not_hide_the_one_that_some_have() -> None:
    assert await similar("clock skew ntp", ["Clock of two nodes wrong"]) == {
        "Clock of two nodes wrong": ["clock"]
    }


async def test_a_long_question_finds_what_often_happens() -> None:
    often = [f"Certificate of service {number} is about to expire" for number in range(100, 130)]
    titles = [*often, *(f"Job {number} was late" for number in range(100, 400))]
    question = (
        "The certificate is going to expire in two days and nobody is sure who renews it or whether"
        " automation exists"
    )
    assert await keys("certificate expire", titles) == often[:10]
    assert await keys(question, titles) == often[:10]


async def test_parts_of_one_identifier_are_one_shared_word() -> None:
    question = (
        "Kafka brokers lose quorum whenever checkout-api deploys run late at night, because"
        " zookeeper sessions expire during garbage collection pauses"
    )
    assert await keys(question, ["Checkout-api slow"]) == []
    assert await keys(question, ["Checkout-api late"]) == ["Checkout-api late"]


async def test_the_rarest_shared_words_come_first_and_only_the_first_few() -> None:
    titles = [f"Checkout deploy {number}" for number in range(100, 110)]
    rows = await similar("checkout deploy quorum", [*titles, "Checkout quorum"])
    assert rows["Checkout quorum"] == ["quorum", "checkout"]
    long = "alpha bravo charlie delta echo foxtrot golf hotel india juliet"
    assert (await similar(long, [long]))[long] == long.split()[:MAX_SHARED_WORDS]


async def test_a_shared_word_is_shown_once() -> None:
    title = "Timeouts of checkout-api"
    [row] = (await similar("timeout, Timeouts: checkout-api times out", [title])).values()
    assert row == ["timeout", "checkout-api"]


async def test_a_long_shared_word_is_cut() -> None:
    word = "x" * 2_000
    [hit] = await hits(word, [word])
    assert len(hit.shared_words[0]) == 60


@pytest.mark.parametrize("query", SYNTAX)
async def test_nothing_in_a_query_acts_as_syntax(query: str) -> None:
    titles = ["Checkout down", "Checking accounts", "Payments down"]
    words = {word for row in (await similar(query, titles)).values() for word in row}
    assert words <= {"checkout", "payments", "check"}


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=60), st.text(max_size=60))
@settings(max_examples=40, deadline=None, derandomize=True)
async def test_any_text_can_be_ranked(query: str, text: str) -> None:
    texts = {"same": Text(query, text), "other": Text(text, query)}
    for hit in (await rank(texts, Text(query, text), limit=2)).hits:
        assert hit.shared_words
        assert all(hit.shared_words)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("x" * 4_000, id="no spaces"),
        pytest.param("a-" * 2_000, id="hyphens"),
        pytest.param("aB" * 2_000, id="camel case"),
        pytest.param("支付" * 2_000, id="Chinese"),
        pytest.param(" ".join(f"w{number}" for number in range(900)), id="many words"),
        pytest.param("é" * 4_000, id="accents"),
        pytest.param("\u0301" * 4_000, id="marks alone"),
    ],
)
async def test_hostile_texts_are_ranked(text: str) -> None:
    texts = {str(number): Text("Disk full", text) for number in range(300)}
    ranked = (await rank(texts, Text("disk", text), limit=3)).hits
    assert len(ranked) <= 3


async def test_the_event_loop_goes_on_while_incidents_are_ranked() -> None:
    texts = {str(number): Text(f"Case {number}", "disk full " * 50) for number in range(2_000)}
    ticks = 0
    done = anyio.Event()

    async def work() -> None:
        await rank(texts, Text("disk full 1234"), limit=3)
        done.set()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(work)
        while not done.is_set():
            ticks += 1
            await anyio.lowlevel.checkpoint()
    assert ticks > 100


async def test_a_call_that_is_cancelled_does_not_wait_for_the_thread() -> None:
    texts = {str(number): Text(f"Case {number}", "disk full " * 200) for number in range(5_000)}
    with anyio.CancelScope() as scope:
        scope.cancel()
        await rank(texts, Text("disk full"), limit=3)
    assert scope.cancelled_caught
