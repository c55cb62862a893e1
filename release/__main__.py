"""`python -m release [FOLDER]` builds a release; `python -m release --manifests` writes manifests.

Manifests are the generated files that are committed. Without a FOLDER, a release goes into `dist`.
"""

import argparse
import hashlib
import subprocess
import sys
from pathlib import Path

from release.bundle import write_bundle
from release.committed import json_text, write_files
from release.project import ROOT, Project
from release.registry import server_json


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m release")
    parser.add_argument("folder", nargs="?", default="dist", help="where to put the release")
    parser.add_argument(
        "--manifests",
        action="store_true",
        help="write the generated files that are committed, and build no release",
    )
    options = parser.parse_args()
    project = Project.read()
    if options.manifests:
        write_files(project, ROOT)
        return 0
    try:
        build(project, Path(options.folder))
    except subprocess.CalledProcessError as error:
        print(f"The build failed:\n{error.stderr}", file=sys.stderr)
        return 1
    for problem in project.problems():
        print(f"Not ready to publish: {problem}", file=sys.stderr)
    return 0


def build(project: Project, folder: Path) -> None:
    """Write the wheel, the source distribution, the bundle and server.json into *folder*.

    Raises:
        CalledProcessError: the wheel cannot be built. Its `stderr` says why.
    """
    folder.mkdir(parents=True, exist_ok=True)
    command = (sys.executable, "-m", "hatchling", "build", "--directory", str(folder.resolve()))
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S603
    [wheel] = folder.glob(f"*-{project.version}-*.whl")
    bundle = folder / project.bundle_name
    write_bundle(project, wheel, bundle)
    sha256 = hashlib.sha256(bundle.read_bytes()).hexdigest()
    entry = json_text(server_json(project, sha256))
    (folder / "server.json").write_text(entry, encoding="utf-8")


sys.exit(main())
