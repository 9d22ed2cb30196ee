"""A screenshot of the HTML report, taken with Chromium."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# Nothing that uses the network, or that a container does not provide.
FLAGS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)
TIMEOUT: Final = 60.0  # seconds for one screenshot


class NoBrowser(Exception):
    """There is no Chromium on the PATH, or it failed; the message says which."""


def screenshot(page: str, picture: Path, width: int, height: int) -> None:
    """Save the top of the page as a picture of `width` by `height` CSS pixels. Raise NoBrowser."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise NoBrowser(f"a screenshot needs Chromium on the PATH, as one of: {', '.join(BROWSERS)}")
    picture.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "page.html")
        file.write_text(page, encoding="utf-8")
        options = [
            f"--user-data-dir={folder}/profile",
            f"--window-size={width},{height}",
            f"--screenshot={picture.resolve()}",
        ]
        try:
            done = subprocess.run(
                [browser, *FLAGS, *options, file.as_uri()], capture_output=True, timeout=TIMEOUT, check=False
            )
        except subprocess.TimeoutExpired:
            raise NoBrowser(f"{browser} did not finish within {TIMEOUT:.0f} s") from None
    if done.returncode or not picture.exists():
        raise NoBrowser(f"{browser} failed: {done.stderr.decode(errors='replace')[-300:].strip()}")
