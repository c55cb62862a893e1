"""`incident-desk doctor --facts`: asks live vendors what the sandbox's dials stand for.

It sends GET requests only, and at most `client.MAX_REQUESTS` of them. The report has the values of
dials, our own sentences and numbers: no text, id, name or URL of the account.
"""
