"""`make demo` tells its story to the end."""

import subprocess
import sys
from pathlib import Path


def test_demo():
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("demo.py")), "--once"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for told in ("created", "renamed", "unassigned", "restored", "deleted", "joined", "left", "new name"):
        assert told in done.stdout, done.stdout
