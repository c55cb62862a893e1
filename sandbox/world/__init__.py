"""A made-up organisation: its services, its people, and its incidents of half a year."""
