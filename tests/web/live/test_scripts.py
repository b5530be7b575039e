"""The app's scripts as TypeScript and ESLint see them."""

import os
import shutil
import subprocess

import pytest

from gazehub.web.live.export import APP

SETTINGS = ("package.json", "tsconfig.json", "eslint.config.js")


@pytest.mark.skipif(not shutil.which("npm"), reason="npm is not here")
def test_types_fit_and_nothing_is_unused(app_folder, tmp_path):
    """The sources and the written constants lie where a checkout has them."""
    live = tmp_path / "gazehub/web/live"
    shutil.copytree(APP, live / "app")
    for name in SETTINGS:
        shutil.copy(APP.parent / name, live)
    (tmp_path / "build/live").mkdir(parents=True)
    shutil.copy(app_folder / "constants.js", tmp_path / "build/live")

    def npm(*arguments):
        return subprocess.run(["npm", *arguments], cwd=live, capture_output=True, text=True)

    installed = npm("install", "--no-audit", "--no-fund", "--no-package-lock")
    if installed.returncode and not os.environ.get("GAZEHUB_REQUIRE_BROWSER"):
        pytest.skip("npm's registry can't be reached")
    assert installed.returncode == 0, installed.stderr
    checked = npm("run", "check")
    assert checked.returncode == 0, checked.stdout
