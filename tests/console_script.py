"""The console script, as an installation writes it."""

import sys
from pathlib import Path

from tests.pages import ROOT


def console_script(folder: Path) -> Path:
    """A script in *folder* that starts this checkout."""
    folder.mkdir(parents=True, exist_ok=True)
    script = folder / "incident-desk"
    lines = [
        f"#!{sys.executable}",
        "import sys",
        f"sys.path.insert(0, {str(ROOT)!r})",
        "from incident_desk import main",
        "sys.exit(main())",
    ]
    script.write_text("\n".join(lines), encoding="utf-8")
    script.chmod(0o755)
    return script
