"""The dials of incident.io: behaviours that are not known.

Defaults are documented, or clients have seen them.
"""

from collections.abc import Mapping

from sandbox.dial import Dial

# The names are path parameters of URLs, as in `/incident_io;gone=404/v1/incident_attachments`.
DIALS: Mapping[str, Dial] = {
    "scope": Dial(("all", "attachments.view", "incidents.view"), "what the key may read"),
    "limits": Dial(("absent", "shown"), "whether answers have `X-RateLimit-…` headers"),
    "gone": Dial(("empty", "404"), "attachments of an incident that does not exist: none, or 404"),
    "orphans": Dial(("hidden", "shown"), "whether attachments of deleted incidents are shown"),
    "both_modes": Dial(
        ("intersection", "incident", "resource", "refused"),
        "an incident and a resource together: both must match, only one has an effect, or 422",
    ),
    "half_a_mode": Dial(
        ("refused", "heeded", "all"),
        "a type or an external id alone: 422, what matches it, or no effect",
    ),
    "unknown_type": Dial(("refused", "empty"), "an unknown resource type: 422, or no attachments"),
    "external_ids": Dial(("exact", "any_case"), "how external ids are compared"),
    "permalink": Dial(
        ("number", "id", "no_organisation", "other_organisation"),
        "the form of an incident's link to the dashboard",
    ),
    "severity": Dial(("shown", "absent"), "whether incidents have a severity"),
    "clock": Dial(("0", "SECONDS"), "how many seconds the `Date` header is ahead"),
}
