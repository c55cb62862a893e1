"""Virtual environments that this project is installed in, without a network."""

import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from tests.pages import ROOT
from tests.process import output, run

_PIP_OPTIONS = ("--disable-pip-version-check", "--no-input")
OFFLINE = ("--quiet", "--no-deps", "--no-build-isolation", "--no-index")
"""Options of `pip install`."""


def build_wheel(folder: Path) -> Path:
    build = ("-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder))
    output(sys.executable, *build, folder=ROOT)
    [wheel] = folder.glob("*.whl")
    return wheel


def pip() -> tuple[str, ...]:
    """A pip: the environment that the README makes has none, but the Python that made it does."""
    pythons = (sys.executable, str(Path(sys.base_prefix, "bin", "python3")))
    for python in pythons:
        if run(python, "-m", "pip", "--version", folder=ROOT).returncode == 0:
            return (python, "-m", "pip", *_PIP_OPTIONS)
    raise AssertionError(f"none of {pythons} has pip")


@dataclass(frozen=True)
class Environment:
    """A virtual environment: the folders of its scripts and of its packages."""

    scripts: Path
    packages: Path

    @classmethod
    def make(cls, folder: Path) -> "Environment":
        """An empty environment in *folder*."""
        output(sys.executable, "-m", "venv", "--without-pip", str(folder), folder=ROOT)
        variables = {"base": str(folder), "platbase": str(folder)}
        return cls(
            scripts=Path(sysconfig.get_path("scripts", vars=variables)),
            packages=Path(sysconfig.get_path("purelib", vars=variables)),
        )

    def install(self, way: str, wheel: Path) -> None:
        """Install this project: its *wheel*, or for the way `editable` this checkout."""
        project = {"wheel": [str(wheel)], "editable": ["--editable", str(ROOT)]}[way]
        into = ("--python", str(self.scripts / "python"))
        output(*pip(), *into, "install", *OFFLINE, *project, folder=ROOT)
