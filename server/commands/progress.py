"""A progress bar on stderr, for calls that read much."""

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress


class ProgressBar:
    """A bar from the first report to the end of the block. Then it is gone.

    There is only a bar if stderr is a terminal, and nothing is drawn if *is_hidden*.
    """

    def __init__(self, *, is_hidden: bool = False) -> None:
        self._is_hidden = is_hidden or not sys.stderr.isatty()
        self._progress: Progress | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove the bar."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    async def report(self, done: int, total: int) -> None:
        """Show that *done* of *total* incidents or other rows were read."""
        if self._is_hidden:
            return
        if self._progress is None:
            self._progress = _start(total)
        self._progress.update(self._progress.task_ids[0], completed=done, total=total)


def _start(total: int) -> "Progress":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

    progress = Progress(
        "Reading",
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        # Not `stderr=True`: rich would look up `sys.stderr` again, which it replaces meanwhile.
        console=Console(file=sys.stderr),
        transient=True,
        # The output of the command does not go through the bar.
        redirect_stdout=False,
        redirect_stderr=False,
    )
    progress.add_task("", total=total)
    progress.start()
    return progress
