"""`python -m release [FOLDER]` builds a release; `python -m release manifests` updates manifests."""

import argparse
import hashlib
import subprocess
import sys
from pathlib import Path

from release.bundle import write_bundle
from release.plugins import text_of, write_manifests
from release.project import ROOT, Project
from release.registry import server_json


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m release", description=__doc__)
    parser.add_argument(
        "folder", nargs="?", default="dist", help="where to put the files; or the word manifests"
    )
    folder = parser.parse_args().folder
    project = Project.read()
    if folder == "manifests":
        write_manifests(project, ROOT)
        return 0
    build(project, Path(folder))
    for name in project.names_without_owner():
        print(f"Not ready to publish: pyproject.toml has no owner in {name}.", file=sys.stderr)
    return 0


def build(project: Project, folder: Path) -> None:
    """Write the wheel, the source distribution, the bundle and server.json into *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    command = (sys.executable, "-m", "hatchling", "build", "--directory", str(folder.resolve()))
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)  # noqa: S603
    [wheel] = folder.glob(f"*-{project.version}-*.whl")
    bundle = folder / project.bundle_name
    write_bundle(project, wheel, bundle)
    sha256 = hashlib.sha256(bundle.read_bytes()).hexdigest()
    entry = text_of(server_json(project, sha256))
    (folder / "server.json").write_text(entry, encoding="utf-8")


sys.exit(main())
