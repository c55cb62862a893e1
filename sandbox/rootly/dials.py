"""What is not known of Rootly. The defaults are what was recorded, or what clients met; see each dial's meaning."""

from collections.abc import Mapping

from sandbox.dial import Dial

# Names are path parameters: `/rootly;cursor=off;page_limit=50/v1/incidents`.
DIALS: Mapping[str, Dial] = {
    # The document.
    "shape": Dial(("nested", "references"), "services, teams and so on: inside attributes, or bare references beside them"),
    "severity": Dial(("nested", "flat", "string"), "the form of an incident's severity"),
    "labels": Dial(("object", "pairs"), "labels as an object, or as a list of keys and values"),
    "strict": Dial(("0", "1"), "refuse a request without JSON:API's content type (415) or without a user agent (403)"),
    # Pages.
    "meta": Dial(("full", "none"), "whether a list has `meta`"),
    "total": Dial(("exact", "missing", "zero", "more:N", "fewer:N", "N"), "`total_count`; the number of pages follows it"),
    "page_limit": Dial(("100", "N"), "the largest page; a larger one that is asked for is cut to it"),
    "page_limit_told": Dial(("yes", "no"), "whether `next_page` and `total_pages` know that the page was cut to the limit"),
    "empty_page": Dial(("none", "N"), "the page of a walk, by number or cursor, that comes without its rows"),
    "cursor": Dial(
        ("on", "off", "ignored", "unsorted", "expires:N"),
        "`page[after]`: works, is not there, has no effect, goes on by newest first, is refused after N pages",
    ),
    "last_cursor": Dial(
        ("null", "absent", "set", "always"), "`next_cursor` on the last page; `always`: also on the empty one after it"
    ),
    # Times.
    "stored": Dial(("ms", "us", "s"), "the resolution at which times are stored"),
    "compared": Dial(("stored", "ms", "s", "minute"), "the resolution at which filters compare them"),
    "sorted": Dial(("stored", "ms", "s", "minute"), "the resolution at which `sort` compares them"),
    "shown": Dial(("ms", "us", "s", "minute"), "the resolution at which they are shown"),
    "zone": Dial(("-08:00", "Z", "+05:30"), "the offset with which they are shown"),
    "clock": Dial(("0", "SECONDS"), "by how much the `Date` header is ahead"),
    "updated_clock": Dial(("0", "SECONDS"), "by how much `updated_at` is ahead of the other times"),
}
