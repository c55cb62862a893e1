"""The board: what a page shows of Rootly's incidents, and what a model is told about it."""
