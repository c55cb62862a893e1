"""The board: a page that shows incidents to people, in a chat and without one."""
