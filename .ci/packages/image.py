"""The commands of the Dockerfile, run in a folder instead of in a container: image.py FOLDER.

It copies what COPY copies and runs what RUN runs, with the paths of the image below FOLDER. The
image of Python is a virtual environment with pip. Then no program or package that installs or
builds others may be left, and the command has to work.
"""
# ruff: noqa: S101, S602, S603

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = Path(sys.argv[1])
PATHS = {"/app": FOLDER / "app", "/usr/local": FOLDER / "python", "/src": FOLDER / "src"}
BUILD_TOOLS = {"pip", "setuptools", "wheel", "hatchling", "editables", "build", "uv"}


def instructions() -> list[tuple[str, str]]:
    """Each instruction and its arguments, without comments."""
    text = re.sub(
        r"^#.*\n", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    lines = text.replace("\\\n", " ").splitlines()
    return [(line.split()[0], line.partition(" ")[2].strip()) for line in lines if line]


def mapped(command: str) -> str:
    for path, folder in PATHS.items():
        command = command.replace(path, str(folder))
    return command


def run(command: str) -> None:
    environ = {**os.environ, "PATH": f"{PATHS['/usr/local']}/bin:{os.environ['PATH']}"}
    subprocess.run(
        mapped(command), shell=True, cwd=PATHS["/src"], env=environ, check=True, stdout=2
    )


def copy(arguments: str) -> None:
    if arguments.startswith("--from=build"):
        return  # from the first stage, which is in the same folder
    *sources, _ = arguments.split()
    for source in sources:
        path, target = ROOT / source, PATHS["/src"] / source
        (shutil.copytree if path.is_dir() else shutil.copy)(path, target)


def distributions(python: Path) -> set[str]:
    program = (
        "import importlib.metadata as m, json;"
        "print(json.dumps([d.name.lower() for d in m.distributions()]))"
    )
    return set(json.loads(subprocess.check_output([python, "-I", "-c", program])))


def required(python: Path) -> set[str]:
    """The distributions that our own needs with its extras, and what those need."""
    program = """
import importlib.metadata, json, re
found, waiting = {"incident-desk"}, ["incident-desk"]
while waiting:
    for line in importlib.metadata.requires(waiting.pop()) or []:
        name = re.match(r"[\\w.-]+", line)[0].lower().replace("_", "-")
        try:
            importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        if name not in found:
            found.add(name)
            waiting.append(name)
print(json.dumps(sorted(found)))
"""
    return set(json.loads(subprocess.check_output([python, "-I", "-c", program])))


def main() -> None:
    PATHS["/src"].mkdir(parents=True)
    base = PATHS["/usr/local"]
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", base], check=True)
    # Only pip: some Pythons would put setuptools beside it.
    pip = ["python3", "-m", "pip", "--python", base / "bin/python"]
    subprocess.run([*pip, "install", "pip"], check=True)
    for instruction, arguments in instructions():
        if instruction == "RUN":
            run(arguments)
        elif instruction == "COPY":
            copy(arguments)
    python = PATHS["/app"] / "bin" / "python"
    installed = {name.replace("_", "-") for name in distributions(python)}
    assert not installed & BUILD_TOOLS, installed & BUILD_TOOLS
    assert installed == required(python), installed ^ required(python)
    left = distributions(base / "bin/python") & BUILD_TOOLS
    assert not left, left
    programs = [path.name for folder in (base, PATHS["/app"]) for path in folder.glob("bin/*")]
    assert not [name for name in programs if name.startswith(("pip", "wheel", "hatch"))], programs
    command = PATHS["/app"] / "bin" / "incident-desk"
    call = ("call", "--sandbox", "list_incidents", "page_size=1")
    answer = subprocess.check_output([command, *call])
    assert json.loads(answer)["incidents"]
    print(f"ok: the image's commands, {len(installed)} distributions and no build tool")


main()
