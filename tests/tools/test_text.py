import unicodedata
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.tools.corpus import HOSTILE, MEGABYTES, ONE_CHARACTER, ORDINARY
from tests.tools.hidden import hidden
from tools.text import LONG_TEXT, TITLE, clean, cut, identifier, link, person, visible

moderately = settings(max_examples=100, deadline=None, derandomize=True)

ANYTHING = st.characters(codec=None, exclude_categories=())
SPICE = sorted(
    {character for text in ORDINARY.values() for character in text}
    | {c for text, _ in HOSTILE.values() for c in text}
)
TEXTS = st.text(st.sampled_from(SPICE) | ANYTHING, max_size=300) | st.lists(
    st.sampled_from([*ORDINARY.values(), *(text for text, _ in HOSTILE.values())]), max_size=5
).map("".join)


@pytest.mark.parametrize("case", HOSTILE)
def test_what_is_hidden_is_removed_and_the_rest_stays(case: str) -> None:
    text, result = HOSTILE[case]
    assert clean(text, TITLE) == result
    assert hidden(result) == []


@pytest.mark.parametrize("case", ORDINARY)
def test_ordinary_text_survives_unharmed(case: str) -> None:
    text = ORDINARY[case]
    assert clean(text, LONG_TEXT) == text
    assert clean(f"\u200b {text}\n \u202e", LONG_TEXT) == text
    assert clean(f"{text}\n\n\n\n{text}", LONG_TEXT, lines=True) == f"{text}\n\n{text}"
    assert identifier(text) == text
    assert person(text) == text
    assert hidden(text) == []


@pytest.mark.parametrize(
    "case", [case for case, (text, result) in HOSTILE.items() if clean(text, 999) != text]
)
def test_an_identifier_is_shown_as_it_is_or_not_at_all(case: str) -> None:
    text, _ = HOSTILE[case]
    assert identifier(text) is None
    assert identifier(f"\u00e9{text}\u00e9") is None
    assert link(f"https://vendor.test/{text}") is None


@pytest.mark.parametrize("code", [*range(32), *range(127, 160), 0x2028, 0x2029])
def test_no_control_is_in_an_identifier_or_a_link(code: int) -> None:
    for text in (f"a{chr(code)}b", f"\u00e9{chr(code)}\u00e9", f"{chr(code)}a", f"a{chr(code)}"):
        assert identifier(text) is None
        assert link(f"https://vendor.test/{text}") is None
        assert link(f"https://vendor.test/{'a' * 600}{text}") is None
        assert hidden(clean(text, TITLE)) == []


@moderately
@given(text=TEXTS, limit=st.integers(1, 400), lines=st.booleans())
@example(text="\u0645\u200c\u0646", limit=3, lines=False)
@example(text="\u115f\u1161", limit=2, lines=False)
@example(text="\U0001f525\u200d" * 30, limit=40, lines=False)
@example(text="a\n\u200b\n\u200b\nb", limit=40, lines=True)
@example(text="\U00013000\U00013430\U00013430\U00013000", limit=3, lines=False)
def test_nothing_hidden_is_ever_shown(text: str, limit: int, lines: bool) -> None:
    result = clean(text, limit, lines=lines)
    assert hidden(result, "\n" if lines else "") == []
    assert len(result) <= limit
    assert result == result.strip()
    assert "  " not in result
    assert "\n\n\n" not in result
    assert clean(result, limit, lines=lines) == result
    result.encode()


@moderately
@given(text=TEXTS)
def test_what_is_visible_stays_in_its_order(text: str) -> None:
    kept = iter(visible(text))
    left = next(kept, None)
    for character in text:
        if character == left:
            left = next(kept, None)
    assert left is None


@moderately
@given(text=st.text(st.characters(categories=("L", "N", "P", "S", "Zs", "Co")), max_size=300))
def test_text_without_controls_and_marks_is_only_folded(text: str) -> None:
    fillers = set("\u115f\u1160\u3164\uffa0")
    assert clean(text, 1_000) == " ".join(
        "".join(c for c in text if c not in fillers or c in visible(text)).split()
    )


@pytest.mark.parametrize("character", ONE_CHARACTER, ids=ascii)
def test_a_cut_does_not_tear_what_is_read_as_one_character(character: str) -> None:
    for start in range(20, 60):
        text = "a" * start + character + "b" * 60
        result = clean(text, 50)
        assert result[-1] == "…"
        assert len(result) <= 50
        assert text.startswith(result[:-1])
        assert not start < len(result) - 1 < start + len(character)


def test_a_row_of_flags_is_cut_between_two_flags() -> None:
    flag = "\U0001f1e9\U0001f1ea"
    assert clean(flag * 40, 50) == flag * 24 + "…"
    assert clean("a" + flag * 40, 50) == "a" + flag * 24 + "…"


def test_a_letter_under_a_heap_of_accents_is_cut_all_the_same() -> None:
    result = clean("e" + "\u0301" * 500, 50)
    assert 30 < len(result) <= 50


def test_a_text_as_long_as_the_limit_is_whole() -> None:
    assert clean("a" * 200, 200) == "a" * 200
    assert clean("a" * 201, 200) == "a" * 199 + "…"
    assert clean("é" * 200, 200) == "é" * 200
    assert clean("  " + "a b" * 50 + "  ", 150) == "a b" * 50
    assert clean("word " * 100, 12) == "word word w…"
    assert cut("word word", 6) == "word…"


def test_line_breaks_stay_where_they_are_wanted() -> None:
    text = " First\r\n\r\n\r\n\n second\tline \u2028third\x0b\u200b\n"
    assert clean(text, TITLE, lines=True) == "First\n\nsecond line\nthird"
    assert clean(text, TITLE) == "First second line third"


@pytest.mark.slow
@pytest.mark.parametrize("case", MEGABYTES)
def test_a_megabyte_is_cut_to_the_limit_in_linear_time(case: str) -> None:
    text = MEGABYTES[case]
    for result in (
        clean(text, TITLE),
        clean(text, LONG_TEXT, lines=True),
        clean(f"Disk full {text}", TITLE),
    ):
        assert len(result) <= LONG_TEXT
        assert hidden(result, "\n") == []
    assert clean(f"Disk full {text}", TITLE).startswith("Disk full")
    assert clean(f"Disk full {text}", TITLE) == clean(f"Disk full {text}", TITLE)
    assert hidden(visible(text[:100_000]), "\n ") == []
    assert identifier(text) is None
    assert link(f"https://vendor.test/{text}") is None


@moderately
@given(
    value=TEXTS
    | st.integers()
    | st.floats()
    | st.none()
    | st.booleans()
    | st.lists(st.text(), max_size=2)
)
def test_an_identifier_is_never_changed(value: object) -> None:
    result = identifier(value)
    if result is not None:
        assert result == value or str(value) == result
        assert isinstance(value, str | int)
        assert hidden(result) == []
        assert result.strip()
        assert len(result) <= 500
        assert clean(result, 500).split() == result.split()


@pytest.mark.parametrize(
    "value", [None, True, False, "", " ", "\u00a0", "a" * 501, 10**40, -(10**40), 1.5, [], {}, b"a"]
)
def test_what_is_no_identifier_is_not_shown(value: object) -> None:
    assert identifier(value) is None


@pytest.mark.parametrize(
    ("value", "result"),
    [(0, "0"), (17, "17"), ("17", "17"), ("a b", "a b"), ("é", "é"), ("a,b/c", "a,b/c")],
)
def test_ids_are_strings_or_numbers(value: object, result: str) -> None:
    assert identifier(value) == result


@pytest.mark.parametrize(
    "url",
    [
        "https://root.ly/x7k2p9",
        "http://localhost:3000/a?b=c&d=e#f",
        "HTTPS://EXAMPLE.COM",
        "https://example.com/a@b",
        "https://example.com/?mail=a@b",
        "https://müller.example/straße",
        "https://[::1]:8080/",
        "https://example.com/%E2%80%AE",
        "https://example.com/\u0645\u06cc\u200c\u062e\u0648",
        "https://example.com/" + "a" * 1_980,
    ],
)
def test_plain_links_are_shown_as_they_are(url: str) -> None:
    assert link(url) == url


@pytest.mark.parametrize(
    "url",
    [
        None,
        17,
        "",
        "example.com",
        "//example.com/a",
        "/a",
        "https:",
        "https://",
        "https:///a",
        "https:example.com",
        "javascript:alert(1)",
        "JaVaScRiPt://example.com/%0aalert(1)",
        "data:text/html,<script>",
        "file:///etc/passwd",
        "ftp://example.com",
        "slack://channel?id=1",
        "vscode://x",
        "blob:https://example.com/1",
        "view-source:https://example.com",
        " https://example.com",
        "https://example.com ",
        "https://exa mple.com",
        "https://example.com/\n",
        "\x01https://example.com",
        "https://user:secret@example.com/",
        "https://user@example.com/",
        "https://@example.com/",
        "https://:@example.com",
        "https://user:secret\\@example.com",
        "https://example.com\\@evil.test",
        "https://user\uff20example.com/",
        "https://exa\u200bmple.com",
        "https://example.com/\u202egpj.exe",
        "https://example.com/\u00ad",
        "https://example.com/\ufeff",
        "https://example.com/\U000e0061",
        "https://example.com/<script>",
        'https://example.com/"onload=',
        "https://example.com/`",
        "https://example.com/{}",
        "https://[::1",
        "https://example.com/" + "a" * 2_000,
        "https://example.com/\ud800",
    ],
)
def test_other_schemes_and_what_hides_something_are_no_links(url: object) -> None:
    assert link(url) is None


@moderately
@given(
    scheme=st.sampled_from(["http", "https", "HTTP", "javascript", "data", "", "file"])
    | st.text(max_size=5),
    sep=st.sampled_from(["://", ":", ":///", "//", ""]),
    user=st.sampled_from(["", "me@", "me:secret@", "me:secret\u200b@"]) | st.text(max_size=5),
    host=st.sampled_from(["example.com", "[::1]", "[", "", "example.com:99999"]) | TEXTS,
    path=st.sampled_from(["", "/a@b", "?a=@"]) | TEXTS,
)
def test_a_link_is_http_without_credentials_or_nothing(
    scheme: str, sep: str, user: str, host: str, path: str
) -> None:
    url = scheme + sep + user + host + path
    result = link(url)
    if result is not None:
        assert result == url
        parts = urlsplit(result)
        assert parts.scheme in ("http", "https")
        assert parts.hostname
        assert "@" not in parts.netloc
        assert hidden(result) == []
        assert not any(unicodedata.category(character).startswith("Z") for character in result)


@moderately
@given(value=TEXTS | st.none() | st.integers() | st.builds("{}@{}".format, TEXTS, TEXTS))
def test_a_person_has_a_name_and_no_address(value: object) -> None:
    result = person(value)
    if result is not None:
        assert result
        assert "@" not in result
        assert len(result) <= TITLE
        assert hidden(result) == []


@pytest.mark.parametrize(
    "value",
    [
        None,
        17,
        "",
        " ",
        "\u200b",
        "ada@example.com",
        "Ada <ada@example.com>",
        "ada\u200b@example.com",
    ],
)
def test_what_is_no_name_is_not_shown(value: object) -> None:
    assert person(value) is None
