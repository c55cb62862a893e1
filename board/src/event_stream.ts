/** Event streams (`text/event-stream`), as far as answers of MCP use them. */

/**
 * The data of each event, in their order.
 *
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export function eventData(stream: string): string[] {
  const events = stream.split(/(?:\r\n|\r|\n){2}/);
  return events.map(dataOf).filter((data) => data !== "");
}

function dataOf(event: string): string {
  const lines = event.split(/\r\n|\r|\n/).filter((line) => line.startsWith("data:"));
  return lines.map((line) => line.slice("data:".length).replace(/^ /, "")).join("\n");
}
