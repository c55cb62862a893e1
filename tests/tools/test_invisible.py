"""Which invisible characters stay, and whether that follows Unicode's own data."""

import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import idna.idnadata
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.corpus import HOSTILE, MEGABYTES, ORDINARY
from tests.tools.hidden import hidden
from tests.tools.unicode_files import UnicodeFiles
from tools import unicode_data
from tools.invisible import INVISIBLE
from tools.text import LONG_TEXT, clean, identifier, visible

moderately = settings(max_examples=200, deadline=None, derandomize=True)

DEBIAN = Path("/usr/share/unicode")
"""Where Debian's package `unicode-data` puts the files of the Unicode Character Database."""
with_debians_files = pytest.mark.skipif(
    not DEBIAN.exists(), reason="Debian's package unicode-data is not installed"
)

CONTROLS_OF_GROUPS = {chr(code) for code in range(0x13430, 0x13440)}
INVISIBLE_CHARACTERS = [
    character
    for code in (
        *range(0x3000),
        0x3164,
        *range(0xFDD0, 0x10000),
        *range(0x13430, 0x13440),
        *range(0x16FE4, 0x1D180),
    )
    if INVISIBLE.match(character := chr(code)) and unicodedata.category(character) != "Cc"
] + [chr(code) for code in (*range(0xE0000, 0xE0080), *range(0xE0100, 0xE01F0))]
ALONE = [
    chr(code)
    for code in (
        0x200B,
        0x200C,
        0x200D,
        0x2060,
        0xFE00,
        0xFE01,
        0xFE0F,
        0x180B,
        0xE0100,
        0xE0061,
        0xAD,
        0x34F,
    )
]


def letter_of_each_script() -> dict[str, str]:
    """A letter of each script, by the first word of its name."""
    letters: dict[str, str] = {}
    for code in range(0x20000):
        if unicodedata.category(chr(code))[0] == "L" and not INVISIBLE.match(chr(code)):
            letters.setdefault(unicodedata.name(chr(code), "TANGUT").split(" ")[0], chr(code))
    return letters


LETTERS = letter_of_each_script()
CLOSED = [
    "a",
    "Z",
    "é",
    "ß",
    "я",
    "ω",
    "ש",
    "한",
    "か",
    "カ",
    "支",
    "ア",
    "1",
    "9",
    "#",
    "!",
    "\U0001f525",
    "\U0001f680",
]
"""Letters, digits and emoji that nothing invisible belongs to."""


@pytest.mark.parametrize("letter", CLOSED)
def test_nothing_invisible_stays_beside_what_needs_none(letter: str) -> None:
    for character in INVISIBLE_CHARACTERS:
        for text in (
            f"{letter}{character}",
            f"{letter}{character}{letter}",
            f"{letter}{character}\u200d{character}{letter}",
        ):
            assert visible(text) == letter * text.count(letter)


MANY_SHAPES = {"EGYPTIAN": 17, "MONGOLIAN": 5}
"""The scripts with more than four shapes of a letter.

Hieroglyphs have 16 controls. Mongolian letters have up to four shapes, and vowels that stand apart.
"""


@pytest.mark.parametrize("script", LETTERS)
def test_a_letter_carries_two_bits_at_most(script: str) -> None:
    """Any character between two letters gives one of four texts, or as many as there are shapes."""
    letter, shapes = LETTERS[script], MANY_SHAPES.get(script, 4)
    for end in ("", letter, " ", "a"):
        assert (
            len({visible(letter + character + end) for character in INVISIBLE_CHARACTERS}) <= shapes
        )


@pytest.mark.parametrize(
    "letter", ["0", "\u2764", "\u50e7", "\u9f9c", "\U0001d49c", "\u201c", "\u1000"]
)
def test_a_letter_with_variants_has_those_and_no_other(letter: str) -> None:
    assert len({visible(letter + character) for character in INVISIBLE_CHARACTERS}) <= 4


@pytest.mark.parametrize("case", ORDINARY)
def test_real_text_carries_no_message_that_is_put_between_its_letters(case: str) -> None:
    """A message in bytes (selectors, tags), in bits (joiners) or in runs of bits disappears.

    The visible text stays.
    """
    letters = [character for character in ORDINARY[case] if not INVISIBLE.match(character)]
    for alphabet in (
        [chr(0xE0100 + byte) for byte in b"rm -rf"],
        [chr(0xE0000 + byte) for byte in b"rm -rf"],
    ):
        text = "".join(letter + alphabet[at % len(alphabet)] for at, letter in enumerate(letters))
        assert not set(alphabet) & set(clean(text, LONG_TEXT))
    for zero, one in (
        ("\u200b", "\u200c"),
        ("\u200c", "\u200d"),
        ("\u2060", "\ufeff"),
        ("\ufe00", "\ufe01"),
    ):
        byte = "".join((zero, one)[bit] for bit in (0, 1, 0, 1, 1, 0, 1, 0))
        cleaned = clean(byte.join(letters), LONG_TEXT)
        kept = [character for character in cleaned if INVISIBLE.match(character)]
        assert zero not in kept or one not in kept or {zero, one} == {"\ufe00", "\ufe01"}
        assert len(kept) <= len(letters)


@moderately
@given(
    cover=st.sampled_from([*ORDINARY.values(), "".join(LETTERS.values()), "".join(CLOSED)]),
    runs=st.lists(
        st.text(st.sampled_from(ALONE) | st.sampled_from(INVISIBLE_CHARACTERS), max_size=4),
        max_size=200,
    ),
)
def test_what_stays_is_needed_and_comes_alone(cover: str, runs: list[str]) -> None:
    letters = [
        character for character in cover if not INVISIBLE.match(character) and character != "\n"
    ]
    text = "".join(
        letter + (runs[at] if at < len(runs) else "") for at, letter in enumerate(letters)
    )
    cleaned = visible(text)
    assert hidden(cleaned) == []
    assert [character for character in cleaned if not INVISIBLE.match(character)] == letters
    assert visible(cleaned) == cleaned
    in_a_row = 0
    for character in cleaned:
        in_a_row = (
            in_a_row + 1
            if INVISIBLE.match(character) and character not in CONTROLS_OF_GROUPS
            else 0
        )
        # A selector and a joiner
        assert in_a_row <= 2


@moderately
@given(
    st.lists(
        st.sampled_from(
            [
                "\x1b",
                "[",
                "]",
                "31",
                "m",
                "0;",
                "\x07",
                "\\",
                "\x9b",
                "\x9d",
                "\x9c",
                *ALONE,
                "a",
                "ب",
            ]
        ),
        max_size=40,
    )
)
def test_what_is_removed_leaves_no_terminal_sequence_behind(parts: list[str]) -> None:
    cleaned = visible("".join(parts))
    assert not set(cleaned) & {"\x1b", "\x07", "\x9b", "\x9c", "\x9d"}
    assert visible(cleaned) == cleaned


@pytest.mark.parametrize(
    "case", [case for case, text in ORDINARY.items() if INVISIBLE.search(text)]
)
def test_an_identifier_may_have_what_a_text_may_have(case: str) -> None:
    assert identifier(ORDINARY[case]) == ORDINARY[case]
    assert identifier(ORDINARY[case] + "\u2060") is None


def calls(function: Callable[[str], object], text: str) -> int:
    """How many functions are called, in Python and C."""
    count = 0

    def count_calls(frame: object, event: str, argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count_calls)
    try:
        function(text)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize(
    "part",
    [
        *(text[:4] for text in MEGABYTES.values()),
        *(text for text, _ in HOSTILE.values() if text),
        "\u0628\u064e\u200c",
        "\u200c\u064e",
        "\u0628" + "\u064e" * 40 + "\u200c",
        "\u0e01\u200b",
        "\U0001f468\u200d\U0001f466\u200d",
        "\U0001f468\ufe0f\ufe0f\u200d",
        "\u0915\u094d\u200d",
        "\U00013153\U00013430",
        "\u1820\u180b\u180e",
    ],
    ids=ascii,
)
def test_twice_the_text_is_twice_the_work(part: str) -> None:
    text = part * (2_000 // len(part))
    visible(text[:100])  # reads the tables
    assert calls(visible, text + text) <= 2 * calls(visible, text) + 100


def table(ranges: str) -> set[int]:
    return {
        code
        for codes in ranges.split()
        for code in range(int(codes.partition("-")[0], 16), int(codes.rpartition("-")[2], 16) + 1)
    }


def test_joining_types_are_those_of_another_library() -> None:
    """`idna` may know a later Unicode, which has more letters but changes none."""
    of_type = {
        letter: {code for packed in ranges for code in range(packed >> 32, packed & 0xFFFFFFFF)}
        for letter, ranges in idna.idnadata.joining_types.items()
    }
    joins_next, joins_previous = table(unicode_data.JOINS_NEXT), table(unicode_data.JOINS_PREVIOUS)
    assert joins_next & joins_previous <= of_type["D"]
    assert joins_next - joins_previous <= of_type["L"]
    assert joins_previous - joins_next <= of_type["R"]
    assigned = {code for code in range(0x20000) if unicodedata.category(chr(code)) != "Cn"}
    assert (of_type["D"] | of_type["R"]) & assigned <= joins_previous


@with_debians_files
def test_the_tables_are_made_from_unicodes_files() -> None:
    files = UnicodeFiles(DEBIAN)
    if files.version == unicode_data.VERSION:
        assert Path(unicode_data.__file__).read_text() == files.module()
    # A later Unicode has more. What it withdrew is named here.
    assert codes(files.joins_next()) <= table(unicode_data.JOINS_NEXT)
    assert codes(files.joins_previous()) <= table(unicode_data.JOINS_PREVIOUS)
    assert codes(files.viramas()) <= table(unicode_data.VIRAMAS)
    assert codes(files.without_spaces()) - table(unicode_data.WITHOUT_SPACES) <= {0x19DA}


@with_debians_files
def test_the_variants_that_unicode_lists_stay() -> None:
    withdrawn = {"\U00013092\ufe00", "\U000130a9\ufe01", "\U0001333b\ufe00", "\U00013403\ufe00"}
    for selector, letters in UnicodeFiles(DEBIAN).variants().items():
        for letter in letters:
            text = (
                letter
                + selector
                + ("\u20e3" if letter.isascii() and selector in "\ufe0e\ufe0f" else "")
            )
            assert clean(text, LONG_TEXT) == text or text in withdrawn


@with_debians_files
def test_chinese_characters_have_the_variants_that_unicode_lists_and_no_other() -> None:
    variants = UnicodeFiles(DEBIAN).chinese_variants()
    for letter in set().union(*variants.values()):
        for selector in map(chr, range(0xFE00, 0xFE0E)):
            stays = letter in variants.get(selector, set())
            assert clean(letter + selector, LONG_TEXT) == letter + selector * stays


@with_debians_files
def test_the_emoji_that_unicode_recommends_stay() -> None:
    for emoji in UnicodeFiles(DEBIAN).recommended_emoji():
        assert clean(emoji, LONG_TEXT) == emoji


@with_debians_files
def test_what_unicode_calls_ignorable_is_removed() -> None:
    for character in UnicodeFiles(DEBIAN).ignorable():
        assert clean(f"a{character}b", LONG_TEXT) == "ab"


def codes(characters: set[str]) -> set[int]:
    return set(map(ord, characters))
