"""The vendor keys of accounts, read from the files that the accounts file names."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from stat import S_ISREG

from server.connections import RETIRED
from server.http.accounts_layout import Layout
from server.http.escaping import escape, quote
from server.reading import Reading
from server.setting_names import KEYS
from server.vendor_key import SERVICE, Keys, VendorKey

KeyFiles = Mapping[str, Mapping[str, str]]
"""The paths of key files, by account and vendor."""
_TITLE = "the key of your account"
_RESERVED_NAMES = frozenset({SERVICE, RETIRED})
"""Short names of other keys in metrics."""


class AccountKeys:
    """Reads keys, and makes one `VendorKey` for each key, however many accounts have it.

    Relative paths are relative to *directory*. A key of *service_keys* stays the service's. In the
    sandbox, no account may have a key.
    """

    def __init__(
        self,
        directory: Path = Path(),
        service_keys: Keys | None = None,
        *,
        is_sandbox: bool = False,
    ) -> None:
        self._directory = directory
        self._is_sandbox = is_sandbox
        self._keys = {(vendor, key.value): key for vendor, key in (service_keys or {}).items()}
        """By vendor and the key itself."""
        self._accounts: dict[str, dict[str, VendorKey]] = {}

    def of(self, account: str) -> Keys:
        """The keys of *account* that `read` has read, by vendor."""
        return self._accounts.get(account, {})

    def read(self, files: KeyFiles, layout: Layout) -> Iterator[str]:
        """Read the keys of all accounts. Yields the problems, which never quote a path or a key."""
        for account, paths in files.items():
            subject = f"Accounts file, {layout.place(account)}{escape(account)}"
            if paths and self._is_sandbox:
                yield (
                    f"{subject}: the sandbox is on, and the account has key_files. Made-up and"
                    " live data do not mix: turn the sandbox off, or remove key_files."
                )
            elif paths and account in _RESERVED_NAMES:
                yield (
                    f"{subject}: an account of this name cannot have key_files, because metrics"
                    " use the name for other keys. Give it another name."
                )
            else:
                yield from self._read_account(account, paths, subject)

    def _read_account(self, account: str, paths: Mapping[str, str], subject: str) -> Iterator[str]:
        keys = self._accounts.setdefault(account, {})
        for vendor, path in paths.items():
            if vendor not in KEYS:
                yield (
                    f"{subject}: key_files has no vendor {quote(vendor)}: there are"
                    f" {', '.join(KEYS)}."
                )
                continue
            reading = Reading({}, allows_placeholders=False)
            value = self._value(reading, f"{subject}: key_files.{vendor}", path)
            yield from reading.problems
            if value:
                key = VendorKey(value, account, _TITLE)
                keys[vendor] = self._keys.setdefault((vendor, value), key)

    def _value(self, reading: Reading, name: str, path: str) -> str:
        file = self._directory / path
        if _is_special(file):
            reading.add_problem(f"{name} names a pipe, a device or a folder: give a file.")
            return ""
        return reading.secret_file(name, str(file))


def _is_special(path: Path) -> bool:
    """Whether *path* is not a regular file. Reading a pipe or a terminal would block every call."""
    try:
        return not S_ISREG(path.stat().st_mode)
    except (OSError, ValueError):
        return False  # Reading it fails as well, and tells why.
