"""What the server tells clients about itself."""

import pytest

from server.instructions import instructions, offered_tools
from server.settings import Settings


@pytest.mark.parametrize(
    ("vendors", "titles"),
    [
        (["rootly", "incident_io"], "Rootly and incident.io"),
        (["rootly"], "Rootly"),
        (["incident_io"], "incident.io"),
        ([], "Rootly and incident.io"),
    ],
)
def test_the_first_line_names_the_vendors_that_can_be_asked(
    vendors: list[str], titles: str
) -> None:
    # A host shows some models only this line until they search for tools.
    settings = Settings(keys=dict.fromkeys(vendors, "key"))
    first, *_ = instructions(settings, offered_tools(settings)).splitlines()
    assert first == f"Read-only questions about incidents in {titles}."
