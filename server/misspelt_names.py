"""Finds variables whose names are probably misspelt names of settings."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice

from server.setting_names import KEY_FILES, NAMES, PREFIX, TOKEN, is_set
from tools.catalogue import VENDORS

_BEGINNINGS = tuple({name[:3] for name in NAMES})
"""Only a variable that begins with the three letters of a setting can be a misspelt one."""
_MAX_MISSPELT = 5
_MIN_SIMILARITY = 0.85
_SERVICE_HOST = f"{PREFIX}SERVICE_HOST"
"""Kubernetes sets this in all containers beside a service that is called incident-desk."""
_SERVICE = rf"{PREFIX}(SERVICE|PORT)(_\w+)?"
"""The variables that Kubernetes sets for such a service."""
_KEY = r"(API|ACCESS|AUTH|BEARER)*(TOKEN|KEY|SECRET)(?P<file>FILE)?"
_URL = r"(API|BASE)*(URL|URI|HOST|ENDPOINT)"


def misspelt(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The variables that look like settings and are not, with the nearest setting.

    The nearest setting is empty if none is close. There are at most 5 variables. Other programs may
    have variables of the vendors, too, so such a variable only counts if the nearest setting is not
    set.
    """
    return islice(_misspelt(environ), _MAX_MISSPELT)


def _misspelt(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in environ:
        if name in NAMES or not name.upper().startswith(_BEGINNINGS):
            continue
        # The name will be a part of messages.
        if not re.fullmatch(r"\w{1,80}", name, re.ASCII):
            continue
        if _SERVICE_HOST in environ and re.fullmatch(_SERVICE, name):
            continue
        setting = _nearest(name.upper())
        is_ours = name.upper().startswith(PREFIX)
        if is_ours or (setting and not is_set(setting, environ)):
            yield name, setting


def _nearest(name: str) -> str:
    """The setting that is probably meant by *name*. Empty if none is close."""
    setting = _vendor_setting(name.removeprefix(PREFIX))
    if setting:
        return setting
    # This takes 2 ms to import, and most environments have no misspelt name.
    from difflib import get_close_matches

    # The server itself does not read the token.
    settings = sorted(NAMES - {TOKEN})
    return "".join(get_close_matches(name, settings, 1, _MIN_SIMILARITY))


def _vendor_setting(name: str) -> str:
    """The setting of a vendor whose name and purpose are in *name*, as in ROOTLY_TOKEN."""
    letters = name.replace("_", "")
    for vendor in VENDORS:
        stem = vendor.name.upper().replace("_", "")
        if not letters.startswith(stem):
            continue
        purpose = letters.removeprefix(stem)
        if key := re.fullmatch(_KEY, purpose):
            return KEY_FILES[vendor.name] if key["file"] else vendor.key_variable
        if re.fullmatch(_URL, purpose):
            return vendor.url_variable
    return ""
