"""The board: a page that shows incidents to people, in a chat and without one.

- `file` is the page as chat programs get it. `page` sends it to browsers, and `notice` small pages.
- `cookies` and `cross_site` let only our own pages in.
- `desktop` is the board on this machine, with an `entrance` and a `desktop_server`. The board of
  the HTTP service is in `server.http.board`.
"""
