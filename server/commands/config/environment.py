"""What the configuration of a host takes from the environment of the command."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from server.commands.config.key import Key
from server.network_variables import CERTIFICATES, PROXIES
from server.reading import is_placeholder
from server.setting_names import KEYS, PREFIX, SHARED_NAMES
from tools.catalogue import VENDORS
from tools.vendor import Vendor

_NOT_FOR_HOSTS = {*KEYS.values(), f"{PREFIX}SANDBOX", f"{PREFIX}SANDBOX_NOW"}
_SETTINGS = [name for name in SHARED_NAMES if name not in _NOT_FOR_HOSTS]
_UPPER_CASE = (*PROXIES, "NO_PROXY")
_PROXIES = (*_UPPER_CASE, *map(str.lower, _UPPER_CASE))
"""The variables of proxies. Programs read them in both spellings."""


def keys(environ: Mapping[str, str], vendors: Sequence[str]) -> Sequence[Key]:
    """The keys of *vendors*. If there are none, the keys that are set in *environ*, or all keys."""
    by_vendor = {vendor.name: _key(vendor, environ) for vendor in VENDORS}
    if vendors:
        return [key for name, key in by_vendor.items() if name in vendors]
    set_keys = [key for key in by_vendor.values() if key.is_set]
    return set_keys or [*by_vendor.values()]


def _key(vendor: Vendor, environ: Mapping[str, str]) -> Key:
    return Key(
        title=vendor.title,
        variable=vendor.key_variable,
        file=_path(environ, f"{vendor.key_variable}_FILE"),
        has_value=bool(_value(environ, vendor.key_variable)),
    )


def settings(environ: Mapping[str, str]) -> Mapping[str, str]:
    """The settings in *environ*, and what it says of the network. None of them is secret.

    Hosts pass few variables to servers, so the configuration has to have these.
    """
    secret = proxies_with_password(environ)
    names = [name for name in (*_SETTINGS, *_PROXIES, *CERTIFICATES) if name not in secret]
    values = {name: environ[name] for name in names if _value(environ, name)}
    return values | {name: _path(environ, name) for name in CERTIFICATES if name in values}


def proxies_with_password(environ: Mapping[str, str]) -> Sequence[str]:
    """The variables whose URL may have a user and a password."""
    return [name for name in _PROXIES if "@" in environ.get(name, "")]


def _path(environ: Mapping[str, str], name: str) -> str:
    """The absolute path in a variable, because a host starts the server in another folder."""
    path = _value(environ, name)
    return str(Path(path).absolute()) if path else ""


def _value(environ: Mapping[str, str], name: str) -> str:
    """The value of a variable. A placeholder that was not replaced counts as not set."""
    value = environ.get(name, "").strip()
    return "" if is_placeholder(value) else value
