"""The dials of Rootly: behaviours that are not known.

Defaults were recorded, or clients have seen them.
"""

from collections.abc import Mapping

from sandbox.dial import Dial

# The names are path parameters of URLs, as in `/rootly;cursor=off;page_limit=50/v1/incidents`.
DIALS: Mapping[str, Dial] = {
    # Access.
    "key": Dial(("global", "team"), "the kind of the key; a team key gets 404 for incidents"),
    "strict": Dial(
        ("0", "1", "if_sent"),
        "whether a content type other than JSON:API's gets 415 (`if_sent`: only if there is one),"
        " and a request without a user agent 403",
    ),
    "limits": Dial(("absent", "shown"), "whether answers have `X-RateLimit-…` headers"),
    # The document.
    "media_type": Dial(("json", "jsonapi"), "the content type of answers"),
    "shape": Dial(
        ("references", "nested"),
        "services, teams and so on: only references in `relationships`, or inside `attributes`",
    ),
    "attributes": Dial(
        ("recorded", "all"),
        "attributes without a value that were never recorded: absent, or null;"
        " people: with the recorded attributes, or with all",
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
        "relations (all, or these): present, absent, null, only a link, or missing in `included`",
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
        "the value of `slug`; `renamed`: a newer slug, which filters do not know",
    ),
    "subscribers": Dial(("user", "user_id"), "the person of a subscriber: nested, or an id"),
    "sub_status": Dial(
        ("nested", "plain", "never"),
        "names of sub-statuses: included with `sub_statuses.sub_status`,"
        " already with `sub_statuses`, or never",
    ),
    "selections": Dial(
        ("form_fields", "custom_fields"),
        "custom field selections: the newer form, or the older one",
    ),
    "unknown_include": Dial(("ignored", "refused"), "an unknown relation in `include`"),
    "fieldsets": Dial(
        ("all", "attributes", "ignored"),
        "what `fields[…]` trims: attributes and relationships, only attributes, or nothing",
    ),
    # Filters.
    "ignore": Dial(
        ("none", "NAMES"),
        "the filters and operators that have no effect, as in `services,labels,not_in`, or `all`",
    ),
    "excluding": Dial(
        ("keeps", "drops"), "whether `[not_in]` and `[not_eq]` keep incidents without any value"
    ),
    "combined": Dial(("all", "any"), "whether an incident must match all filters, or any of them"),
    "label_filter": Dial(
        ("any", "pair", "key", "value"),
        "what a value in `filter[labels]` is: any of the others, `key:value`, a key, or a value",
    ),
    "kind_filter": Dial(("exact", "with_sub"), "whether `normal` also finds `normal_sub`"),
    "bad_date": Dial(
        ("refused", "ignored", "nothing"), "an invalid date: 400, no effect, or no incidents"
    ),
    "gone": Dial(("empty", "404"), "the answer to an unknown incident number: no rows, or 404"),
    # Pages.
    "meta": Dial(("full", "none"), "whether a list has `meta`"),
    "total": Dial(
        ("exact", "missing", "zero", "unfiltered", "more:N", "fewer:N", "at_most:N", "N"),
        "`total_count`; `unfiltered`: of all incidents; `total_pages` follows it",
    ),
    "page_limit": Dial(("100", "N"), "the largest page size; a larger one is reduced to it"),
    "page_limit_told": Dial(
        ("yes", "no"),
        "whether `next_page` and `total_pages` respect that limit",
    ),
    "empty_page": Dial(("none", "N"), "which page, by number or by cursor, comes without its rows"),
    "cursor": Dial(
        ("on", "off", "ignored", "unsorted", "expires:N"),
        "`page[after]`: works, does not exist, has no effect, continues with the newest first,"
        " or is refused after N pages",
    ),
    "last_cursor": Dial(
        ("null", "absent", "set", "always"),
        "`next_cursor` on the last page; `always`: also on the empty page after it",
    ),
    "nulls": Dial(
        ("high", "low", "first", "last"),
        "the place of incidents that lack the time by which the list is sorted",
    ),
    "ties": Dial(
        ("number", "page_size", "request"),
        "the order of incidents that `sort` finds equal: by number,"
        " or different for each page size or each request",
    ),
    # Times.
    "stored": Dial(("ms", "us", "s"), "the resolution of the stored times"),
    "compared": Dial(
        ("stored", "ms", "s", "minute"), "the resolution with which filters compare times"
    ),
    "sorted": Dial(
        ("stored", "ms", "s", "minute"), "the resolution with which `sort` compares times"
    ),
    "shown": Dial(("ms", "us", "s", "minute"), "the resolution of the times in answers"),
    "zone": Dial(("-08:00", "Z", "+05:30"), "the offset of the times in answers"),
    "clock": Dial(("0", "SECONDS"), "how many seconds the `Date` header is ahead"),
    "updated_clock": Dial(
        ("0", "SECONDS"), "how many seconds `updated_at` is ahead of the other times"
    ),
}
