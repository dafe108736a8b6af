"""`make demo` loads its data and tells its story to the end."""

import subprocess
import sys
from pathlib import Path


def told(*arguments):
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("demo.py")), "--once", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_demo():
    text = told()
    for word in ("60 people", "/setup?code=", "/apps/"):
        assert word in text, text


def test_story():
    text = told("--story")
    for word in ("created", "renamed", "unassigned", "restored", "deleted", "joined", "left", "new name"):
        assert word in text, text
