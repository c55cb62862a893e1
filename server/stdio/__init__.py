"""MCP over stdin and stdout.

- `line_stream` reads lines from stdin and writes lines to stdout.
- `conversation` is the state machine: which requests may be answered early in which state.
- `early` answers the first requests before the SDK has loaded. `requests` reads them.
- `transport` passes messages between the line stream and the SDK. `messages` parses them.
- `serving` runs these parts.

Pipes, sockets, terminals and files get the same service:
- The first requests get early answers.
- A line that is not a message gets an error.
- The length of a line, the number of calls and the unread bytes have limits.
- SIGINT, SIGTERM and the end of stdin end the server quickly.

There is one exception. Writing to a terminal can block, so a terminal that was stopped with Ctrl-S
stops the server.

On Windows, the SDK's own transport serves, because the event loop cannot wait for pipes. There:
- Nothing is answered before the SDK has loaded, which takes about 0.7 s.
- A line that is not JSON gets no answer, and a line may have any length.
- Nothing limits the running calls or the bytes that a client does not read.
- SIGINT and SIGTERM end the process, and running calls get no answer.
- A write to a full stderr waits for its reader.
"""

from server.stdio.serving import serve_stdio

__all__ = ["serve_stdio"]
