"""The made-up organisation: what it runs, who works there, and what went wrong in the last half year."""
