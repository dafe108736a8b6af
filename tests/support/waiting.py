"""Waiting for a state instead of for a time."""

import socket
import time


def until(state, what, timeout=30.0, pause=0.02):
    """Ask `state()` until it answers something true, and return that.

    An AssertionError inside `state` counts as "not yet"; the last one is shown when time is up.
    """
    deadline = time.monotonic() + timeout
    reason = None
    while True:
        try:
            answer = state()
            if answer:
                return answer
        except AssertionError as error:
            reason = error
        if time.monotonic() > deadline:
            raise TimeoutError(f"after {timeout} s still not: {what}" + (f": {reason}" if reason else ""))
        time.sleep(pause)
        pause = min(pause * 1.5, 0.5)


def free_port():
    """A TCP port of 127.0.0.1 that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
