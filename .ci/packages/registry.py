"""An entry of the MCP registry, held to its JSON schema: registry.py ENTRY SCHEMA"""

import json
import sys
from pathlib import Path

import jsonschema

entry, schema = (json.loads(Path(file).read_text(encoding="utf-8")) for file in sys.argv[1:])
jsonschema.validate(entry, schema)
