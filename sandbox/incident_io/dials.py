"""What is not known of incident.io. The defaults are what is documented, or what clients met."""

from collections.abc import Mapping

from sandbox.dial import Dial

# Names are path parameters: `/incident_io;gone=404/v1/incident_attachments`.
DIALS: Mapping[str, Dial] = {
    "scope": Dial(("all", "attachments.view", "incidents.view"), "what the key may read"),
    "limits": Dial(("absent", "shown"), "whether answers have `X-RateLimit-…` headers"),
    "gone": Dial(("empty", "404"), "attachments of an incident that is not there: none, or 404"),
    "orphans": Dial(("hidden", "shown"), "attachments of incidents that were deleted"),
    "both_modes": Dial(
        ("intersection", "incident", "resource", "refused"),
        "an incident and a resource together: both must fit, only one of them has an effect, or 422",
    ),
    "half_a_mode": Dial(
        ("refused", "heeded", "all"),
        "a type or an external id alone: 422, what fits it, or as if it were not given",
    ),
    "unknown_type": Dial(
        ("refused", "empty"), "a resource type that is not known: 422, or no attachments"
    ),
    "external_ids": Dial(("exact", "any_case"), "how external ids are compared"),
    "permalink": Dial(
        ("number", "id", "no_organisation", "other_organisation"),
        "the form of an incident's link to the dashboard",
    ),
    "severity": Dial(("shown", "absent"), "whether incidents have a severity"),
    "clock": Dial(("0", "SECONDS"), "by how many seconds the `Date` header is ahead"),
}
