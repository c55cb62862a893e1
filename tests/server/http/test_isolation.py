"""No account gets an answer to a key that is not its own, whatever it tries."""

import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from mcp import Client
from mcp.types import PromptReference

from sandbox.serving import Sandbox
from server.http.copies_settings import CopiesSettings
from server.http.settings import HttpLimits, HttpSettings, OAuthSettings
from server.settings import KEYS, URLS, Settings
from tests.conftest import settings_for
from tests.server.http.issuer import SECRET, Issuer, issuing
from tests.server.http.organisations import (
    AccountsFile,
    both,
    client_with,
    key_of,
    organisations,
    owners,
)
from tests.server.http.served import Peer, Process, SlowVendor, listening, served
from tests.server.http.served import ask as send
from tests.server.http.test_cancellation import REQUEST_CANCELLED, call, cancel
from tests.slow import slow
from tools.limits import Limits

pytestmark = pytest.mark.anyio

ORGANISATION = {"ada": "umbrella", "bob": "acme", "carol": "acme", "eve": "service"}
"""The organisation whose key each account has. Eve has none of her own."""
FRESH_S = 60

Question = tuple[str, Mapping[str, Any]]
QUESTIONS: Sequence[Question] = (
    ("list_incidents", {}),
    ("list_incidents", {"status": ["started"], "view": "full"}),
    ("list_incidents", {"view": "table", "include": ["services"]}),
    ("list_incidents", {"sequential_id": "INC-4821", "view": "full"}),
    ("list_incidents", {"group_by": "services"}),
    ("list_incidents", {"similar_to": "4821"}),
    ("list_incidents", {"where": {"lasted": {"gte": "2h"}}}),
    ("list_incidents", {"active_during": {"gte": "-7d"}}),
    ("list_incidents", {"services": ["checkout-apis"]}),
    ("list_attachments", {"incident_id": "INC-1207", "include_incident": True}),
)


@dataclass
class Service:
    """The service with the accounts, and the sandbox that it asks."""

    port: int
    sandbox: Sandbox
    accounts: AccountsFile

    def client(self, account: str, mode: Any = "auto") -> Any:
        return client_with(self.accounts.tokens[account], self.port, mode)

    def keys_of_requests(self) -> Counter[str | None]:
        """The bearer tokens of the requests that the vendors have got."""
        return Counter(request.token for _, request in self.sandbox.script.requests)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with organisations() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with issuing() as issuer:
        yield issuer


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> AccountsFile:
    accounts = AccountsFile(tmp_path_factory.mktemp("accounts"))
    for name in ("ada", "bob", "carol"):
        accounts.add(name, both(key_of(ORGANISATION[name])))
    accounts.add("eve")
    accounts.add("mallory", both("invalid"))
    return accounts


@pytest.fixture(scope="module")
def service(sandbox: Sandbox, issuer: Issuer, accounts: AccountsFile) -> Iterator[Service]:
    """All answers stay fresh for a minute, so that whatever can be shared is shared."""
    settings = replace(settings_for(sandbox), keys=both(key_of("service")))
    listener = listening()
    issuer.audience = f"http://127.0.0.1:{listener.getsockname()[1]}/mcp"
    oauth = OAuthSettings(issuer.url, issuer.audience, f"{issuer.url}/jwks")
    copies = CopiesSettings(fresh_s=FRESH_S)
    limits = HttpLimits(calls_per_minute=100_000)
    http = HttpSettings(accounts_file=str(accounts.path), oauth=oauth, copies=copies, limits=limits)
    with served(settings, http, listener) as port:
        yield Service(port, sandbox, accounts)


@pytest.fixture
async def clients(service: Service) -> AsyncIterator[dict[str, Client]]:
    async with AsyncExitStack() as stack:
        yield {name: await stack.enter_async_context(service.client(name)) for name in ORGANISATION}


async def ask(client: Client, question: Question) -> str:
    name, arguments = question
    result = await client.call_tool(name, dict(arguments))
    return result.content[0].text  # type: ignore[union-attr]


async def ask_together(
    clients: Mapping[str, Client], questions: Sequence[Question]
) -> list[tuple[str, str]]:
    """Ask each question as every account at the same time. Gives accounts and answers."""
    answers: list[tuple[str, str]] = []

    async def ask_one(name: str, question: Question) -> None:
        answers.append((name, await ask(clients[name], question)))

    async with anyio.create_task_group() as tasks:
        for question in questions:
            for name in clients:
                tasks.start_soon(ask_one, name, question)
    return answers


def assert_own(answers: Sequence[tuple[str, str]]) -> None:
    """Each answer has marks of the account's organisation and of no other one."""
    for name, text in answers:
        assert owners(text) == {ORGANISATION[name]}, (name, text[:500])


@pytest.mark.slow
@pytest.mark.parametrize("question", QUESTIONS, ids=map(str, range(len(QUESTIONS))))
async def test_the_same_question_at_once_and_again_gets_each_account_its_own_answer(
    question: Question, clients: dict[str, Client]
) -> None:
    assert_own(await ask_together(clients, [question] * 2))
    assert_own(await ask_together(dict(reversed(clients.items())), [question]))


@pytest.mark.parametrize(
    "questions",
    [[*QUESTIONS[:4], *QUESTIONS[-2:]], *slow([[*QUESTIONS]])],
    ids=["quick ones", "all"],
)
async def test_different_questions_together_get_each_account_its_own_answers(
    questions: list[Question], clients: dict[str, Client]
) -> None:
    random.Random(7).shuffle(questions)
    answers = await ask_together(clients, questions)
    assert len(answers) == len(questions) * len(clients)
    assert_own(answers)


async def test_two_accounts_with_the_same_key_share_a_request_and_others_do_not(
    clients: dict[str, Client], service: Service
) -> None:
    before = service.keys_of_requests()
    await ask_together(clients, [("list_incidents", {"page_size": 7})])
    sent = service.keys_of_requests() - before
    assert sent == {key_of("umbrella"): 1, key_of("acme"): 1, key_of("service"): 1}


@pytest.mark.parametrize("sort", [None, ["-started_at"]])
async def test_going_on_where_another_account_stopped_shows_only_ones_own_incidents(
    sort: list[str] | None, clients: dict[str, Client]
) -> None:
    arguments = {"page_size": 5} | ({"sort": sort} if sort else {})
    for giver, taker in (("ada", "bob"), ("eve", "ada"), ("bob", "eve")):
        page = await clients[giver].call_tool("list_incidents", arguments)
        position = page.structured_content["next"]
        text = await ask(clients[taker], ("list_incidents", {**arguments, **position}))
        assert owners(text) == {ORGANISATION[taker]}


async def test_completions_have_only_the_names_that_the_own_key_may_see(
    clients: dict[str, Client],
) -> None:
    async def complete(name: str, texts: dict[str, str]) -> None:
        argument = {"name": "service", "value": ""}
        reference = PromptReference(name="triage")
        completion = (await clients[name].complete(reference, argument)).completion
        texts[name] = " ".join(completion.values)

    for _ in range(2):
        texts: dict[str, str] = {}
        async with anyio.create_task_group() as tasks:
            for name in clients:
                tasks.start_soon(complete, name, texts)
        assert_own([*texts.items()])


async def test_an_account_whose_key_is_refused_gets_no_answer_of_others_and_disturbs_nobody(
    clients: dict[str, Client], service: Service
) -> None:
    async with service.client("mallory") as mallory:
        for question in (QUESTIONS[0], QUESTIONS[-1]):
            answers = await ask_together({**clients, "mallory": mallory}, [question])
            [text] = [text for name, text in answers if name == "mallory"]
            assert_own([answer for answer in answers if answer != ("mallory", text)])
            assert '"code":"unauthorized"' in text
            assert "does not accept the key of your account" in text
            assert not owners(text)


async def test_an_oauth_subject_does_not_have_the_keys_of_the_account_of_its_name(
    issuer: Issuer, service: Service, clients: dict[str, Client]
) -> None:
    async with httpx.AsyncClient(auth=("ada", SECRET), trust_env=False) as http:
        answer = await http.post(f"{issuer.url}/token", data={"grant_type": "client_credentials"})
    for question in QUESTIONS[:2]:
        assert owners(await ask(clients["ada"], question)) == {"umbrella"}
        async with client_with(answer.json()["access_token"], service.port) as subject:
            assert owners(await ask(subject, question)) == {"service"}


async def test_the_rate_limit_of_one_key_leaves_another_one_alone(
    sandbox: Sandbox, accounts: AccountsFile
) -> None:
    limits = Limits(requests_per_minute=4, timeout_s=1)
    settings = replace(settings_for(sandbox), keys=both(key_of("service")), limits=limits)
    with served(settings, HttpSettings(accounts_file=str(accounts.path))) as port:
        service = Service(port, sandbox, accounts)
        async with service.client("bob") as bob, service.client("carol") as carol:
            assert owners(await ask(bob, QUESTIONS[0])) == {"acme"}
            # They share a key, and so its budget.
            assert '"code":"rate_limited"' in await ask(carol, ("list_incidents", {"page_size": 3}))
        for name in ("ada", "eve"):
            async with service.client(name) as client:
                assert owners(await ask(client, QUESTIONS[0])) == {ORGANISATION[name]}


def test_cancelling_reaches_only_ones_own_call_also_where_a_request_is_shared(
    tmp_path: Path,
) -> None:
    accounts = AccountsFile(tmp_path)
    for name in ("ada", "bob", "carol", "dave"):
        accounts.add(name, {"rootly": key_of(ORGANISATION.get(name, "acme"))})
    ada, bob, carol, dave = accounts.tokens.values()
    http = HttpSettings(accounts_file=str(accounts.path))
    with (
        SlowVendor() as vendor,
        served(Settings.read(vendor.environ), http) as port,
        ExitStack() as stack,
    ):
        peers = {token: stack.enter_context(Peer(port)) for token in (ada, bob, carol)}
        for token, peer in peers.items():
            peer.send(call(7, token))
        for _ in ("ada", "bob and carol"):
            vendor.wait_for_request()
        for token in (dave, ada, carol):
            assert send(port, cancel(7, token))[0] == 202
        for token in (ada, carol):
            assert peers[token].event()["error"]["code"] == REQUEST_CANCELLED
        vendor.released.set()
        assert "result" in peers[bob].event()


@pytest.mark.slow
async def test_a_call_goes_on_with_its_key_when_sighup_gives_its_account_another_one(
    tmp_path: Path,
) -> None:
    accounts = AccountsFile(tmp_path)
    for name in ("ada", "bob"):
        accounts.add(name, both(key_of(ORGANISATION[name])))
    with organisations() as sandbox, process_for(sandbox, accounts) as process:
        service = Service(process.port, sandbox, accounts)
        reading = ("list_incidents", {"group_by": "services"})

        def swap(_: object) -> None:
            accounts.set_keys("ada", both(key_of("acme")))
            accounts.set_keys("bob", both(key_of("umbrella")))
            process.reload(1, "The accounts were read again. There are 2.")

        async with service.client("ada") as ada, service.client("bob") as bob:
            page = await ada.call_tool("list_incidents", {"page_size": 5})
            position = page.structured_content["next"]
            sandbox.script.before(sandbox.script.count() + 3, swap)
            before = service.keys_of_requests()
            assert owners(await ask(ada, reading)) == {"umbrella"}
            assert {*(service.keys_of_requests() - before)} == {key_of("umbrella")}
            for question in (reading, QUESTIONS[0], ("list_incidents", position)):
                assert owners(await ask(ada, question)) == {"acme"}
                assert owners(await ask(bob, question)) == {"umbrella"}


def process_for(sandbox: Sandbox, accounts: AccountsFile) -> Process:
    """The service, whose answers stay fresh for a minute. Rootly's pages have 50 incidents."""
    environ = {KEYS[vendor]: key for vendor, key in both(key_of("service")).items()}
    environ |= {URLS[vendor]: sandbox.url(vendor) for vendor in KEYS}
    environ[URLS["rootly"]] = sandbox.url("rootly", page_limit="50")
    return Process(
        **environ,
        INCIDENT_DESK_HTTP_ACCOUNTS_FILE=str(accounts.path),
        INCIDENT_DESK_FRESH_S=str(FRESH_S),
    )
