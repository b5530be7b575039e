"""axe-core, which looks over a page as it is for what shuts people out."""

import os
import shutil
import subprocess
import tarfile

import pytest

from tests.web.browser import REQUIRED

VERSION = "4.10.3"
ARGUMENTS = {"resultTypes": ["violations"], "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}


def axe_source(folder) -> str:
    """The script, from npm. Skips the test where there is no npm, unless a browser is required."""
    if shutil.which("npm") is None and not REQUIRED:
        pytest.skip("no npm on this machine")
    command = ["npm", "pack", "--silent", f"axe-core@{VERSION}"]
    name = subprocess.run(command, cwd=folder, env=os.environ, capture_output=True, text=True, check=True).stdout
    with tarfile.open(folder / name.strip()) as package:
        return package.extractfile("package/axe.min.js").read().decode()


def grave_findings(page, source: str) -> list[str]:
    """What axe-core calls serious or critical, one line each."""
    page.evaluate(source)
    found = page.evaluate("settings => axe.run(document, settings)", ARGUMENTS)["violations"]
    return [
        f"{each['impact']} {each['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for each in found
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]
