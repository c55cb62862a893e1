"""A dial: an option of the sandbox for a behaviour of a vendor that is not known."""

import re
from dataclasses import dataclass

_PLACEHOLDERS = {
    "N": r"\d{1,6}",
    "SECONDS": r"-?\d{1,9}(\.\d{1,3})?",
    "NAMES": r"[a-z_]+(,[a-z_]+)*",
}


@dataclass(frozen=True)
class Dial:
    """The possible values of an option, and a short description of what it decides.

    The first value is the default. In a value, `N` stands for a whole number, `SECONDS` for a
    number, and `NAMES` for names separated by commas.
    """

    values: tuple[str, ...]
    meaning: str

    @property
    def default(self) -> str:
        return self.values[0]

    def allows(self, value: str) -> bool:
        return any(re.fullmatch(_pattern(form), value) for form in self.values)


def _pattern(form: str) -> str:
    return re.sub("[A-Z]+", lambda word: _PLACEHOLDERS.get(word[0], word[0]), re.escape(form))
