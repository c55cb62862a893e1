"""What is not known of Rootly. The defaults are what was recorded, or what clients met."""

from collections.abc import Mapping

from sandbox.dial import Dial

# Names are path parameters: `/rootly;cursor=off;page_limit=50/v1/incidents`.
DIALS: Mapping[str, Dial] = {
    # The door.
    "key": Dial(("global", "team"), "the kind of key; a team's gets 404 on incidents"),
    "strict": Dial(
        ("0", "1", "if_sent"),
        "refuse another content type than JSON:API's (415; `if_sent`: none is fine), and a missing user agent (403)",
    ),
    "limits": Dial(("absent", "shown"), "whether answers have `X-RateLimit-…` headers"),
    # The document.
    "media_type": Dial(("json", "jsonapi"), "the content type of answers"),
    "shape": Dial(
        ("references", "nested"),
        "services, teams and so on: bare references in `relationships`, or inside `attributes`",
    ),
    "attributes": Dial(
        ("recorded", "all"),
        "attributes without a value that were not recorded: absent, or null; people: short, or whole",
    ),
    "relations": Dial(
        (
            "data",
            "absent",
            "absent:NAMES",
            "null",
            "null:NAMES",
            "links",
            "links:NAMES",
            "dangling",
            "dangling:NAMES",
        ),
        "relations (all, or those named): there, not mentioned, null, only linked, or asked for but not in `included`",
    ),
    "severity": Dial(
        ("nested", "flat", "string", "null", "absent"), "the form of an incident's severity"
    ),
    "labels": Dial(
        ("object", "pairs", "null"),
        "the form of labels: an object, a list of keys and values, or null",
    ),
    "slugs": Dial(
        ("slug", "name", "id", "renamed"),
        "what stands under `slug`; `renamed`: a newer one than filters go by",
    ),
    "subscribers": Dial(("user", "user_id"), "a subscriber's person: nested, or an id"),
    "sub_status": Dial(
        ("nested", "plain", "never"),
        "names of sub-statuses: included for `sub_statuses.sub_status`, for `sub_statuses` alone, or never",
    ),
    "selections": Dial(
        ("form_fields", "custom_fields"),
        "custom field selections: their successor, or as they were",
    ),
    "unknown_include": Dial(("ignored", "refused"), "an `include` that is not known"),
    "fieldsets": Dial(
        ("all", "attributes", "ignored"),
        "`fields[…]`: trims relationships too, attributes only, or nothing",
    ),
    # Filters.
    "ignore": Dial(
        ("none", "NAMES"),
        "filters and operators without effect, such as `services,labels,not_in`, or `all`",
    ),
    "excluding": Dial(
        ("keeps", "drops"), "`[not_in]` and `[not_eq]`: what becomes of incidents without any value"
    ),
    "combined": Dial(
        ("all", "any"), "whether an incident has to match all filters, or any of them"
    ),
    "label_filter": Dial(
        ("any", "pair", "key", "value"),
        "what a value of `filter[labels]` is: a key, a value or `key:value`, or one of these",
    ),
    "kind_filter": Dial(("exact", "with_sub"), "whether `normal` also finds `normal_sub`"),
    "bad_date": Dial(
        ("refused", "ignored", "nothing"), "a date that is none: 400, no effect, or no incidents"
    ),
    "gone": Dial(("empty", "404"), "the answer to a number that no incident has"),
    # Pages.
    "meta": Dial(("full", "none"), "whether a list has `meta`"),
    "total": Dial(
        ("exact", "missing", "zero", "unfiltered", "more:N", "fewer:N", "at_most:N", "N"),
        "`total_count`, which may be that of all incidents; the number of pages follows it",
    ),
    "page_limit": Dial(
        ("100", "N"), "the largest page; a larger one that is asked for is cut to it"
    ),
    "page_limit_told": Dial(
        ("yes", "no"),
        "whether `next_page` and `total_pages` know that the page was cut to the limit",
    ),
    "empty_page": Dial(
        ("none", "N"), "the page of a walk, by number or cursor, that comes without its rows"
    ),
    "cursor": Dial(
        ("on", "off", "ignored", "unsorted", "expires:N"),
        "`page[after]`: works, is not there, has no effect, goes on by newest first, or is refused after N pages",
    ),
    "last_cursor": Dial(
        ("null", "absent", "set", "always"),
        "`next_cursor` on the last page; `always`: also on the empty one after it",
    ),
    "nulls": Dial(
        ("high", "low", "first", "last"),
        "where incidents without the instant stand that is sorted by",
    ),
    "ties": Dial(
        ("number", "page_size", "request"),
        "the order of incidents that are equal under `sort`: by number, or another one for each page size or request",
    ),
    # Times.
    "stored": Dial(("ms", "us", "s"), "the resolution at which times are stored"),
    "compared": Dial(
        ("stored", "ms", "s", "minute"), "the resolution at which filters compare them"
    ),
    "sorted": Dial(("stored", "ms", "s", "minute"), "the resolution at which `sort` compares them"),
    "shown": Dial(("ms", "us", "s", "minute"), "the resolution at which they are shown"),
    "zone": Dial(("-08:00", "Z", "+05:30"), "the offset with which they are shown"),
    "clock": Dial(("0", "SECONDS"), "by how many seconds the `Date` header is ahead"),
    "updated_clock": Dial(
        ("0", "SECONDS"), "by how many seconds `updated_at` is ahead of the other times"
    ),
}
