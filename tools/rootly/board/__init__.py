"""The board: what a page shows of Rootly's incidents, and what the model gets to read about it."""
