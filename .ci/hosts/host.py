"""A host: where it comes from, and how it is driven without a key and without a network."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from model.api import Api


@dataclass(frozen=True)
class Access:
    """How a host is made to ask the model at a URL, and to call our tools without a question."""

    variables: Mapping[str, str]  # of the environment
    files: Mapping[str, str]  # of the project's folder
    options: tuple[str, ...]  # of the command


@dataclass(frozen=True)
class Host:
    """One host.

    * `title`: its name for people.
    * `name`: its name in the marks of the pages, as in `<!-- config: NAME | …`.
    * `package`: its npm package, with the version.
    * `command`: its program.
    * `api`: the API by which it asks the model.
    * `access`: from the URL of the model.
    * `ask`: the arguments before the question.
    * `usable`: what `mcp list` says of a server that can be used.
    * `prompt`: the arguments that send our prompt `before` with the incident 4821. A host that does
      not ask for prompts has none.
    * `passes_on_instructions`: whether the model gets the instructions of a server.
    * `has_install_script`: whether its package needs its own script to be installed.
    * `settings`: what a user has to set so that long results are not cut. The page names them.
    """

    title: str
    name: str
    package: str
    command: str
    api: Api
    access: Callable[[str], Access]
    ask: tuple[str, ...]
    usable: str
    prompt: tuple[str, ...] = ()
    passes_on_instructions: bool = True
    has_install_script: bool = False
    settings: tuple[str, ...] = ()

    @property
    def version(self) -> str:
        return self.package.rpartition("@")[2]
