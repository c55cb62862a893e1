"""Finds the incident that an argument names by its number."""

from tools.connection import Connection
from tools.errors import NotFound, UnexpectedResponse
from tools.rootly import ROOTLY
from tools.rootly.document import Incident
from tools.rootly.filter_verification import FilterVerifier
from tools.rootly.question import Needs, Question

_IDENTITY = Needs(frozenset({"sequential_id"}))


async def find_incident(
    argument: str, number: str, needs: Needs, connection: Connection
) -> Incident:
    """The incident with this *number*. No other argument of the call narrows the search.

    Raises:
        NotFound: there is none, or the key cannot see it; the message names the *argument*.
        ToolError: see `tools.request.get`; and Rootly ignored the number, or counts the incident
            but did not send it.
    """
    question = Question(filters={"sequential_id": [number]}).made_for(argument, Question())
    verifier = FilterVerifier(question)
    paging = {"page[size]": str(verifier.least_rows)}
    not_found = NotFound(f"{argument}: Rootly has no incident {number}.{ROOTLY.not_found_hint}")
    try:
        reply = await verifier.ask(question, connection, paging, needs | _IDENTITY)
    except NotFound as error:
        raise not_found from error
    await verifier.notes(connection)
    document = reply.body
    if document.incidents:
        return document.incidents[0]
    if document.total or document.names_next_page:
        raise UnexpectedResponse(
            f"{argument}: Rootly says that it has an incident {number}, but did not send it."
        )
    raise not_found
