"""The commands of `incident-desk`, and the parser of its command line.

- `parser`, `options` and `usage` read the command line.
- `process` and `streams` decide how the process of a command writes and ends.
- `call`, `tool_help`, `tools`, `demo` and `sandbox` are commands, and so are the folders `config`,
  `doctor` and `facts`. `server.http` has those that need the extra `http`: `command` and
  `accounts`.
- `tool_call`, `argument_words` and `command_line` write and read calls as words for a shell.
- `paging` reads the pages of a call. `page` and `other_members` are what is in them.
- `output` is what the formats have in common: `json_output`, `csv_output` and the folder `tables`.
- `screen`, `paragraph` and `progress` write to a terminal.
"""
