"""The time from the result of show_board to the first paint of the board, in Chromium.

`python -m benchmarks.board [--rounds N]` shows the committed page in a frame, and hands it results
of 1, 25 and 100 incidents, each time in a new frame. It needs Chromium and playwright. With
`--write` it also writes the table into docs/performance.md.
"""

import argparse
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
from mcp import Client
from mcp.client import advertise
from playwright.sync_api import Page, sync_playwright

from benchmarks.table import spread, write
from evals.settings import NOW, settings_for
from evals.table import table
from sandbox.serving import serve_store
from sandbox.store import Store
from server.app import build
from server.dispatcher import Dispatcher
from server.mcp_apps import EXTENSION, MIME_TYPE

BEGIN = "<!-- board: written by python -m benchmarks.board --write -->\n"
END = "<!-- /board -->"
HTML = Path(__file__).parents[1] / "server/board/board.html"
COUNTS = (1, 25, 100)
SLOWDOWNS = (1, 4)
"""How many times slower the processor is made, by Chromium itself."""

# A chat program in short: it introduces itself, and hands over one result. The board's frame marks
# when the message arrives, before the page sees it, and when the frame after the rendering begins.
MEASURE = """async ({html, result}) => {
  const frame = document.createElement('iframe');
  frame.style = 'width: 760px; height: 900px; border: 0';
  frame.srcdoc = html;
  const send = message => frame.contentWindow.postMessage({jsonrpc: '2.0', ...message}, '*');
  const isReady = new Promise(resolve => addEventListener('message', ({source, data}) => {
    if (source !== frame.contentWindow) return;
    if (data.method === 'ui/notifications/initialized') resolve();
    if (data.method !== 'ui/initialize') return;
    const hostContext = {theme: 'light', locale: 'en-GB', timeZone: 'UTC'};
    const hostInfo = {name: 'benchmark', version: '1'};
    send({id: data.id, result: {
      protocolVersion: '2026-01-26', hostInfo, hostCapabilities: {serverTools: {}}, hostContext}});
  }));
  document.body.replaceChildren(frame);
  await isReady;
  const {contentWindow: board} = frame;
  const milliseconds = new Promise(resolve => {
    board.addEventListener('message', () => {
      const arrived = board.performance.now();
      board.requestAnimationFrame(() => board.requestAnimationFrame(() =>
        resolve(board.performance.now() - arrived)));
    }, {capture: true, once: true});
  });
  send({method: 'ui/notifications/tool-result', params: result});
  const took = await milliseconds;
  return [took, board.document.querySelectorAll('h3').length];
}"""


def live_incidents(count: int) -> Store:
    """*count* live incidents, each with services, an environment and a team."""
    severities = ("sev0", "sev1", "sev2", "sev3", "sev4")
    services = ("checkout-api", "payments-gateway", "auth-service", "order-router")
    incidents = [
        {
            "title": f"{services[number % 4]} answers slowly in region {number}",
            "severity": [severities[number % 5]],
            "services": [services[number % 4], services[(number + 1) % 4]],
            "environments": ["production"],
            "groups": ["payments"],
            "started_at": NOW,
        }
        for number in range(count)
    ]
    return Store.containing(incidents, NOW)


async def result_of(count: int) -> Mapping[str, Any]:
    """The result of show_board for *count* incidents."""
    extension = advertise(EXTENSION, {"mimeTypes": [MIME_TYPE]})
    with serve_store(live_incidents(count)) as sandbox:
        server = build(Dispatcher(settings_for(sandbox), clock=lambda: NOW))
        async with Client(server, extensions=[extension]) as client:
            result = await client.call_tool("show_board", {})
    return result.model_dump(mode="json", by_alias=True, exclude_none=True)


@contextmanager
def chromium_page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
        )
        yield browser.new_page()
        browser.close()


def measure(page: Page, result: Mapping[str, Any], count: int, rounds: int) -> list[float]:
    """Milliseconds of each round. The first round is not among them: it warms up."""
    argument = {"html": HTML.read_text(encoding="utf-8"), "result": result}
    times = []
    for _ in range(rounds + 1):
        took, rows = page.evaluate(MEASURE, argument)
        assert rows == count, f"{rows} of {count} incidents were there at the first paint"
        times.append(took)
    return times[1:]


def rows(rounds: int) -> Iterator[list[str]]:
    """The rows of the table."""
    results = {count: anyio.run(result_of, count) for count in COUNTS}
    with chromium_page() as page:
        processor = page.context.new_cdp_session(page)
        for count, result in results.items():
            cells = [f"{count}"]
            for slowdown in SLOWDOWNS:
                processor.send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
                times = measure(page, result, count, rounds)
                cells.append(f"{spread(times, ' ms')}, {max(times):.0f} ms")
            yield cells


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    head = ["live incidents", "first paint: median, longest", "on a processor 4 times slower"]
    text = table(head, rows(options.rounds))
    print(text)
    if options.write:
        write(text, BEGIN, END)


if __name__ == "__main__":
    main()
