"""Writes `tools/unicode_data.py` from the files of the Unicode Character Database.

Run it with the folder that holds `StandardizedVariants.txt` and the other files: those of Unicode's
`UCD.zip`, with the emoji data in `emoji/`. Debian's package `unicode-data` installs them like that:

    python -m tests.tools.unicode_files /usr/share/unicode > tools/unicode_data.py
"""

import re
import sys
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path

JOINING = "extracted/DerivedJoiningType.txt"

HEADER = '''"""Unicode's data on joiners, variation selectors and line breaks, for `invisible.py`.

Made by `tests/tools/unicode_files.py` from the Unicode Character Database; do not edit. Characters
are hexadecimal code points, separated by spaces, with a hyphen in a range.

Copyright © 1991-2025 Unicode, Inc. Unicode License v3: see `LICENSE-UNICODE`.
"""
'''

MODULE = '''
VERSION = "{version}"
"""The version of Unicode."""

JOINS_NEXT = """\\
{joins_next}
"""
"""Letters that join to the next one (DerivedJoiningType.txt: Dual_Joining or Left_Joining)."""

JOINS_PREVIOUS = """\\
{joins_previous}
"""
"""Letters that join to the previous one (DerivedJoiningType.txt: Dual_Joining or Right_Joining)."""

VIRAMAS = """\\
{viramas}
"""
"""Signs that join two consonants (IndicSyllabicCategory.txt: Virama)."""

WITHOUT_SPACES = """\\
{without_spaces}
"""
"""Letters of scripts that put no spaces between words (LineBreak.txt: Complex_Context)."""

VARIANTS = {{
{variants}
}}
"""The characters that take each variation selector (StandardizedVariants.txt).

Left out are the Chinese characters: `unicodedata` has them, as decompositions.
"""

EMOJI_VARIANTS = """\\
{emoji_variants}
"""
"""Characters with a text style and an emoji style (emoji-variation-sequences.txt).

U+FE0E selects the text style, U+FE0F the emoji style.
"""

JOINED_EMOJI = """\\
{joined_emoji}
"""
"""Emoji that a zero-width joiner makes of others (emoji-zwj-sequences.txt).

They are those that Unicode recommends for general interchange. A plus sign stands for the joiner.
Skin tones and variation selectors are left out.
"""
'''


class UnicodeFiles:
    """The tables of `tools/unicode_data.py`, read from a folder of Unicode's files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def version(self) -> str:
        first = (self._folder / "StandardizedVariants.txt").read_text().partition("\n")[0]
        return first.removeprefix("# StandardizedVariants-").removesuffix(".txt")

    def joins_next(self) -> set[str]:
        return self._characters(JOINING, "D") | self._characters(JOINING, "L")

    def joins_previous(self) -> set[str]:
        return self._characters(JOINING, "D") | self._characters(JOINING, "R")

    def viramas(self) -> set[str]:
        return self._characters("IndicSyllabicCategory.txt", "Virama")

    def without_spaces(self) -> set[str]:
        return self._characters("LineBreak.txt", "SA")

    def ignorable(self) -> set[str]:
        return self._characters("DerivedCoreProperties.txt", "Default_Ignorable_Code_Point")

    def variants(self) -> dict[str, set[str]]:
        """The characters that take each selector, emoji and Chinese characters included."""
        variants: dict[str, set[str]] = {}
        for file in ("StandardizedVariants.txt", "emoji/emoji-variation-sequences.txt"):
            for line in self._lines(file):
                character, selector = map(_character, line[0].split())
                variants.setdefault(selector, set()).add(character)
        return variants

    def chinese_variants(self) -> dict[str, set[str]]:
        variants: dict[str, set[str]] = {}
        for line in self._lines("StandardizedVariants.txt"):
            if line[1].startswith("CJK COMPATIBILITY IDEOGRAPH"):
                character, selector = map(_character, line[0].split())
                variants.setdefault(selector, set()).add(character)
        return variants

    def recommended_emoji(self) -> set[str]:
        """Emoji with joiners that are recommended for general interchange."""
        return {
            "".join(map(_character, line[0].split()))
            for line in self._lines("emoji/emoji-zwj-sequences.txt")
        }

    def joined_emoji(self) -> set[str]:
        """The recommended emoji without skin tones and variation selectors."""
        return {
            re.sub("[\ufe0f\U0001f3fb-\U0001f3ff]", "", emoji) for emoji in self.recommended_emoji()
        }

    def module(self) -> str:
        """The text of `tools/unicode_data.py`."""
        chinese = self.chinese_variants()
        variants = {
            selector: characters - chinese.get(selector, set())
            for selector, characters in self.variants().items()
        }
        emoji_variants = variants.pop("\ufe0f")
        if variants.pop("\ufe0e") != emoji_variants:
            raise ValueError("Some emoji has only one of its two styles.")
        entries = [
            f'    "\\u{ord(selector):04x}": """\\\n{_ranges(variants[selector])}\n""",'
            for selector in sorted(variants)
        ]
        return HEADER + MODULE.format(
            version=self.version,
            joins_next=_ranges(self.joins_next()),
            joins_previous=_ranges(self.joins_previous()),
            viramas=_ranges(self.viramas()),
            without_spaces=_ranges(self.without_spaces()),
            variants="\n".join(entries),
            emoji_variants=_ranges(emoji_variants),
            joined_emoji=_wrapped(map(_joined, sorted(self.joined_emoji()))),
        )

    def _characters(self, file: str, value: str) -> set[str]:
        """All characters to which a file gives a property's value."""
        characters: set[str] = set()
        for codes, of, *_ in self._lines(file):
            if of == value:
                first, _, last = codes.partition("..")
                characters.update(map(chr, range(int(first, 16), int(last or first, 16) + 1)))
        return characters

    def _lines(self, file: str) -> Iterator[list[str]]:
        """The fields of each line of a file."""
        for line in (self._folder / file).read_text().splitlines():
            fields = line.partition("#")[0].split(";")
            if len(fields) > 1:
                yield [field.strip() for field in fields]


def _character(code: str) -> str:
    return chr(int(code, 16))


def _joined(emoji: str) -> str:
    return "+".join(f"{ord(part):X}" for part in emoji.split("\u200d"))


def _ranges(characters: set[str]) -> str:
    """Hexadecimal code points and ranges, in lines."""
    ranges: list[list[int]] = []
    for code in sorted(map(ord, characters)):
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return _wrapped(
        f"{first:04X}" if first == last else f"{first:04X}-{last:04X}" for first, last in ranges
    )


def _wrapped(words: Iterable[str]) -> str:
    return textwrap.fill(" ".join(words), 100, break_on_hyphens=False)


if __name__ == "__main__":
    sys.stdout.write(UnicodeFiles(Path(sys.argv[1])).module())
