"""HTML as plain text: what is kept of it, and that no document takes long to read."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.markup import MAX_CHARS, plain_text

ENOUGH = 10_000


def words(html: str) -> str:
    return " ".join(plain_text(html, limit=ENOUGH).split())


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("Just text", "Just text"),
        ("<p>One</p><p>two</p>", "One two"),
        ("One<br>two<BR/>three", "One two three"),
        ("<ul><li>One<li>two</ul>three", "One two three"),
        ("<table><tr><th>When</th><td>14:00</td></tr></table>", "When 14:00"),
        ("<h2>Why</h2>Because", "Why Because"),
        ("check<b>out</b> <em>5</em>xx", "checkout 5xx"),
        ('<a href="https://x.test/?a=1&amp;b=2" title="a > b">link</a>', "link"),
        ("<a title='it is > that'>link</a>", "link"),
        ("<a title=it's>link</a>", "link"),
        ("<img src='data:image/png;base64,AAAA' alt=x>Graph", "Graph"),
        ("R&amp;D &lt;3 &quot;q&quot; &#65;&#x42;&nbsp;&copy; &eacute;", 'R&D <3 "q" AB © é'),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"),
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
        ("AT&T, a && b, &unknown; &", "AT&T, a && b, &unknown; &"),
        (f"&#{'9' * 5_000};", f"&#{'9' * 5_000};"),
        ("&#0;&#xD800;&#x110000;", "\ufffd\ufffd\ufffd"),
        ("before<script>steal('<p>x</p>')</script>after", "beforeafter"),
        ("before<STYLE media=all>p > a { }</STYLE >after", "beforeafter"),
        ("before<script>steal()", "before"),
        ("before<!-- a <b> comment --><p>after", "before after"),
        ("before<!-- never closed <p>after", "before"),
        ("<!DOCTYPE html><?xml version='1.0'?><html><body>text</body></html>", "text"),
        ("a < b and c > d, 1<2, x <3", "a < b and c > d, 1<2, x <3"),
        ("an <unclosed tag", "an <unclosed tag"),
        ("</p>stray</div>", "stray"),
        ("<my-element>custom</my-element>", "custom"),
    ],
)
def test_html_is_read_as_a_browser_shows_it(html: str, text: str) -> None:
    assert words(html) == text


def test_blocks_are_lines_of_their_own() -> None:
    assert [
        line
        for line in plain_text("<p>One <i>and</i></p><p>two</p>", limit=ENOUGH).splitlines()
        if line
    ] == ["One and", "two"]


def test_where_not_all_is_read_it_ends_with_an_ellipsis() -> None:
    assert plain_text("<p>text</p>" * 10_000, limit=100).endswith("…")
    assert plain_text("x" * (MAX_CHARS + 1), limit=2 * MAX_CHARS) == "x" * MAX_CHARS + "…"
    assert plain_text("x" * 200, limit=100) == "x" * 100 + "…"
    assert plain_text("<b>" * 50_000 + "text", limit=100).endswith("…")
    assert not plain_text("<p>text</p>", limit=100).endswith("…")


def test_nesting_of_any_depth_is_read() -> None:
    assert words("<div>" * 5_000 + "deep" + "</div>" * 4_000) == "deep"


HOSTILE = (
    "<",
    "</",
    "<!",
    "<!--",
    "<!---",
    "<![",
    "<?",
    "<a ",
    '<a "',
    "<a '",
    '<a b="',
    "<a\n",
    "<a/",
    "<a =",
    "<a b=c ",
    "&",
    "&#",
    "&#x",
    "&#9999999999",
    "<script>",
    "<script></",
    "</script",
    "<style></style ",
    "<!---->",
    "<script></script>",
    '"',
    "-->",
)


@pytest.mark.parametrize("piece", HOSTILE)
@pytest.mark.parametrize("before", ["", "<a ", '<a "', "<!--", "<script>"])
def test_hostile_documents_are_read_like_any_other(before: str, piece: str) -> None:
    """With a time that grows with the square of its input, each of these would take minutes."""
    text = plain_text(before + piece * MAX_CHARS, limit=ENOUGH)
    assert len(text) <= MAX_CHARS + 1


def test_a_server_that_starts_does_not_load_it() -> None:
    program = (
        "import sys, tools, server.dispatcher;"
        "print([name for name in ('tools.markup', 'html.parser') if name in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.lists(
        st.sampled_from([*HOSTILE, "text", " ", "<p>", "</p>", "<b>", "&lt;", "é", "\u202e"]),
        max_size=40,
    )
)
def test_anything_at_all_is_read(pieces: list[str]) -> None:
    text = plain_text("".join(pieces), limit=ENOUGH)
    assert len(text) <= ENOUGH + 1
