"""`incident-desk doctor --facts`: asks live vendors what the sandbox's dials stand for.

- `command` prints the report, and `survey` asks each vendor.
- `client` sends requests. A `probe` finds out from the answers a `fact` for each of some dials.
- `rootly` and `incident_io` are the probes of the vendors, and `clock` is one of both.
- `report` is the text for people, and JSON.

Only GET requests are sent, and at most `client.MAX_REQUESTS` of them. The report has the values of
dials, our own sentences and numbers: no text, id, name or URL of the account.
"""
