"""Accounts: who may call the service, with which tools and vendor keys.

- `file` reads the accounts file, and `keys` the files with vendor keys that it names.
- `verifier` finds the account of a token.
- `command` is `incident-desk account`.
"""
