"""MCP over stdin and stdout.

- `wire`: bytes to lines, and lines to bytes.
- `conversation`: the state machine. What has been agreed so far, and what may be answered early.
- `early`: the answers that are known before the SDK has loaded, by method. `requests` reads the
  requests for them.
- `transport`: messages between the wire and the SDK, with bounds. `messages` parses them.
- `serving`: puts these together.

Pipes, sockets, terminals and files get the same promises: early answers, an error for each line
that is not a message, bounds, and a prompt end by SIGINT, SIGTERM or the end of stdin. There is one
exception. Lines to a terminal or a device are written with blocking calls, so a terminal that
is stopped with Ctrl-S stops the server.

On Windows, where the event loop cannot wait for pipes, the SDK's own transport serves. There:
- nothing is answered before the SDK has loaded, which takes about 0.7 s;
- a line that is not JSON gets no answer, and a line may have any length;
- nothing bounds the calls in flight or the bytes that a client leaves unread;
- SIGINT and SIGTERM end the process without an answer to the calls in flight;
- a write to a full stderr waits for its reader.
"""

from server.stdio.serving import serve_stdio

__all__ = ["serve_stdio"]
