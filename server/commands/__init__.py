"""The commands of `incident-desk`, and the parser of its command line.

`server.http.command` has those that need the extra `http`.
"""
