"""Results as tables, for people.

- `output` prints a whole result: `rows`, and `members` for everything else.
- `writer` makes the text of a value, with `brief_times` and `text_styles`.
- `layout` chooses the tables for the width; a `grid` is one table of `column`s with `headings`,
  `details` beneath its rows, and `bars`.
"""
