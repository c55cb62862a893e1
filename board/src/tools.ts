/** The tools that the page calls. */

export const LIST = "list_incidents";
export const ATTACHMENTS = "list_attachments";
