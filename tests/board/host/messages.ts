/** Holds the messages of a page to the protocol's own schemas. */

import {
  CallToolRequestSchema,
  CancelledNotificationSchema,
  JSONRPCMessageSchema,
} from "@modelcontextprotocol/core";
import {
  McpUiInitializedNotificationSchema,
  McpUiInitializeRequestSchema,
  McpUiMessageRequestSchema,
  McpUiOpenLinkRequestSchema,
  McpUiSizeChangedNotificationSchema,
  McpUiUpdateModelContextRequestSchema,
} from "@modelcontextprotocol/ext-apps/app-bridge";

interface Schema {
  safeParse(value: unknown): { success: boolean; data?: unknown; error?: Error };
}

const SCHEMAS = new Map<unknown, Schema>([
  ["notifications/cancelled", CancelledNotificationSchema],
  ["tools/call", CallToolRequestSchema],
  ["ui/initialize", McpUiInitializeRequestSchema],
  ["ui/message", McpUiMessageRequestSchema],
  ["ui/notifications/initialized", McpUiInitializedNotificationSchema],
  ["ui/notifications/size-changed", McpUiSizeChangedNotificationSchema],
  ["ui/open-link", McpUiOpenLinkRequestSchema],
  ["ui/update-model-context", McpUiUpdateModelContextRequestSchema],
]);

/** What is wrong with a message, if anything. */
export function problemOf(message: Record<string, unknown>): string | undefined {
  const { jsonrpc: _, id: __, ...content } = message;
  const problem = mismatch(JSONRPCMessageSchema, message);
  if (problem || !("method" in message)) return problem;
  const schema = SCHEMAS.get(message.method);
  return schema ? mismatch(schema, content) : "the protocol has no such message";
}

function mismatch(schema: Schema, value: unknown): string | undefined {
  const { success, data, error } = schema.safeParse(value);
  if (!success) return error?.message;
  // A schema drops the members that it does not know.
  return sorted(data) === sorted(value) ? undefined : `it has other members than ${sorted(data)}`;
}

/** JSON whose members are in the order of their names. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_, member) => {
    const isObject = typeof member === "object" && member !== null && !Array.isArray(member);
    return isObject ? Object.fromEntries(Object.entries(member).sort()) : member;
  });
}
