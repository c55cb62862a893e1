"""`incident-desk tools`: prints the answer to `tools/list` as JSON."""

import json

from server.dispatcher import Dispatcher
from server.settings import Settings
from server.tool_handlers import describe


def print_tools(settings: Settings) -> int:
    descriptions = [
        describe(tool).model_dump(mode="json", by_alias=True, exclude_none=True)
        for tool in Dispatcher(settings).offered_tools
    ]
    print(json.dumps({"tools": descriptions}, indent=2, ensure_ascii=False))
    return 0
