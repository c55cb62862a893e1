"""A dial: something that is not known of a vendor, as an option of its emulation."""

import re
from dataclasses import dataclass

# What stands in a dial's values for more than itself.
_PLACEHOLDERS = {
    "N": r"\d{1,6}",
    "SECONDS": r"-?\d{1,9}(\.\d{1,3})?",
    "NAMES": r"[a-z_]+(,[a-z_]+)*",
}


@dataclass(frozen=True)
class Dial:
    values: tuple[str, ...]
    """What it can be set to, the default first. `N` is a whole number, `SECONDS` a number, `NAMES` a list with commas."""
    meaning: str
    """What it decides, in a few words."""

    @property
    def default(self) -> str:
        return self.values[0]

    def allows(self, value: str) -> bool:
        return any(re.fullmatch(_pattern(form), value) for form in self.values)


def _pattern(form: str) -> str:
    return re.sub("[A-Z]+", lambda word: _PLACEHOLDERS.get(word[0], word[0]), re.escape(form))
