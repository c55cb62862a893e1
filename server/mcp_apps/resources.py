"""Answers MCP's requests for resources, which are the pages that tools show."""

from collections.abc import Iterable
from typing import Any

from mcp import MCPError, types
from mcp.server import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp_types.methods import validate_client_request

from server.board.file import board_html
from server.dispatcher import Dispatcher
from server.mcp_apps import EXTENSION, MIME_TYPE
from tools.catalogue import ToolEntry

METHODS = frozenset({"resources/list", "resources/templates/list", "resources/read"})
_META = {"ui": {"csp": {}, "prefersBorder": True}}
"""For hosts: the page loads nothing from anywhere."""


class ResourceHandlers:
    """The answers to requests for resources: the pages of *tools*."""

    def __init__(self, tools: Iterable[ToolEntry]) -> None:
        self._resources = [_resource(entry) for entry in tools if entry.page_uri]

    def add_to(self, server: Server[Dispatcher]) -> None:
        """Let *server* answer these requests, and declare that it does."""
        server.extensions[EXTENSION] = {}
        server.add_request_handler("resources/list", types.PaginatedRequestParams, self.list)
        server.add_request_handler(
            "resources/templates/list", types.PaginatedRequestParams, self.list_templates
        )
        server.add_request_handler("resources/read", types.ReadResourceRequestParams, self.read)

    async def list(
        self, _: ServerRequestContext[Dispatcher], __: types.PaginatedRequestParams
    ) -> types.ListResourcesResult:
        return types.ListResourcesResult(resources=self._resources)

    async def list_templates(
        self, _: ServerRequestContext[Dispatcher], __: types.PaginatedRequestParams
    ) -> types.ListResourceTemplatesResult:
        return types.ListResourceTemplatesResult(resource_templates=[])

    async def read(
        self, _: ServerRequestContext[Dispatcher], params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        """The page with this URI.

        Raises:
            MCPError: there is none.
        """
        for resource in self._resources:
            if resource.uri == params.uri:
                return types.ReadResourceResult(contents=[_contents(resource)])
        raise MCPError(code=types.INVALID_PARAMS, message=f"Unknown resource: {params.uri[:80]}")


def unknown_method(context: ServerRequestContext[Any, Any]) -> MCPError:
    """The error for a request for resources, from a server that has none.

    Raises:
        ValidationError: the request is not valid. The SDK's server says that first.
    """
    validate_client_request(context.method, context.protocol_version, context.params)
    return MCPError(code=types.METHOD_NOT_FOUND, message="Method not found", data=context.method)


def _resource(entry: ToolEntry) -> types.Resource:
    return types.Resource(
        name=entry.name,
        uri=entry.page_uri,
        description=f"The page that {entry.name} shows.",
        mime_type=MIME_TYPE,
        _meta=_META,
    )


def _contents(resource: types.Resource) -> types.TextResourceContents:
    return types.TextResourceContents(
        uri=resource.uri, mime_type=resource.mime_type, text=board_html(), _meta=resource.meta
    )
