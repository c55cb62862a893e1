"""The board of the HTTP service, for people who log in with an account's token.

- `settings` reads its settings.
- `sessions` makes and checks the sessions that browsers have in a cookie.
- `gate` accepts or refuses its requests, and finds the account of a session.
- `pages` are the board, the login and the logout; `forms` is their HTML.
"""
