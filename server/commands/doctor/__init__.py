"""`incident-desk doctor`: says whether this installation can work here, and what to do if not.

- `command` runs the checks.
- `finding` is the result of a check, and `report` prints findings.
- `installation`, `environment`, `redis` and `vendor` are the checks.
- `exchange` is one request to a vendor, with its times.

Findings contain no keys, no data of a vendor, and no name of a person, because people paste them
into tickets.
"""
