"""Questions about the sandbox's incidents, and how to tell whether an answer is right."""
