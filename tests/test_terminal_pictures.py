"""The pictures of the terminal in the README are what a terminal shows."""
