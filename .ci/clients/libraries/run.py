"""Runs the programs of docs/hosts, each with the library that it uses: run.py WORK.

WORK is a folder whose node_modules has the TypeScript SDK. PYTHON is the interpreter with Incident
Desk. Every library gets an environment of its own, and they are installed side by side.
"""

# ruff: noqa: S101, S603

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
PROGRAM = re.compile(r"^<!-- program: (\S+) -->\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MODELS = {
    "adk.py": "adk_model",
    "langchain.py": "langchain_model",
    "openai-agents.py": "openai_agents_model",
    "pydantic-ai.py": "pydantic_ai_model",
}
"""The module with the model that the program gets."""
NOWHERE = "http://127.0.0.1:9"
TIMEOUT_S = 120


def main(work: Path) -> None:
    programs = _extract_programs(work)
    environment = _environment(work)
    requirements = _requirements()
    with ThreadPoolExecutor() as installing:
        installed = installing.map(lambda name: _install(work, name, requirements[name]), programs)
        pythons = dict(zip(programs, installed, strict=True))
    _write_expectations(work)
    for program in programs:
        _run(work, program, pythons[program], environment)
    # The page promises 1.x and 2.x, and Incident Desk itself uses 2.x.
    _run(work, "python-sdk.py", os.environ["PYTHON"], environment)


def _extract_programs(work: Path) -> list[str]:
    """Write the programs of all pages into *work*. Their names."""
    names = []
    for page in sorted(ROOT.glob("docs/hosts/*.md")):
        for name, text in PROGRAM.findall(page.read_text(encoding="utf-8")):
            (work / name).write_text(text, encoding="utf-8")
            names.append(name)
    return names


def _requirements() -> dict[str, list[str]]:
    """For each program, what pip installs."""
    lines = (HERE / "requirements.txt").read_text(encoding="utf-8").splitlines()
    requirements = {}
    for line in lines:
        if not line.startswith("#"):
            name, _, words = line.partition(":")
            requirements[name] = words.split()
    return requirements


def _install(work: Path, program: str, requirements: Sequence[str]) -> str:
    """Install *requirements*. The interpreter that has them, or node if there are none."""
    if not requirements:
        return "node"
    folder = work / f"{program}.venv"
    python = str(folder / "bin/python")
    _check_call(sys.executable, "-m", "venv", "--without-pip", str(folder))
    _check_call(sys.executable, "-m", "pip", "--python", python, "install", "-q", *requirements)
    return python


def _check_call(*command: str) -> None:
    subprocess.run(command, check=True)


def _environment(work: Path) -> dict[str, str]:
    """The environment of the programs: `incident-desk` is this checkout's, and nothing calls out.

    The libraries start a server with a small environment of their own, so the command itself says
    where the checkout is.
    """
    command = work / "bin/incident-desk"
    command.parent.mkdir(exist_ok=True)
    server = f"{shlex.quote(os.environ['PYTHON'])} -m server"
    command.write_text(f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} exec {server} "$@"\n')
    command.chmod(0o755)
    return {
        **os.environ,
        "PATH": f"{command.parent}:{os.environ['PATH']}",
        "HTTP_PROXY": NOWHERE,
        "HTTPS_PROXY": NOWHERE,
        "OPENAI_AGENTS_DISABLE_TRACING": "1",
    }


def _write_expectations(work: Path) -> None:
    """Write what the models must see, and the calls with unlisted arguments."""
    python = os.environ["PYTHON"]
    for name, words in (("tools", ["server", "tools"]), ("unlisted", ["tests.unlisted"])):
        done = subprocess.run(
            [python, "-m", *words], cwd=ROOT, check=True, capture_output=True, text=True
        )
        (work / f"{name}.json").write_text(done.stdout, encoding="utf-8")


def _run(work: Path, program: str, python: str, environment: Mapping[str, str]) -> None:
    """Run *program*: with a model of the test, or alone if it calls a tool itself."""
    command = [python, program]
    if program in MODELS:
        expectations = ["tools.json", "unlisted.json"]
        command = [python, str(HERE / "check.py"), program, MODELS[program], *expectations]
    done = subprocess.run(
        command, cwd=work, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S
    )
    if done.returncode:
        sys.exit(f"{program} failed:\n{done.stdout}{done.stderr}")
    if program not in MODELS:
        assert json.loads(done.stdout)["incidents"], done.stdout
    print(f"ok: docs/hosts, {program}", flush=True)


main(Path(sys.argv[1]))
