"""HTTP as bytes over a TCP socket, so that requests no client library would send can be sent."""

import http.client
import json
import select
import socket
import time

CHUNK = 64 * 1024


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)


def exchange(port, request, timeout=30.0):
    """Send `request` (bytes, or an iterable of them) and read the answer; None when the server just closed.

    Sending stops as soon as the server answers, as it may before it has seen the whole body.
    """
    pieces = [request[i : i + CHUNK] for i in range(0, len(request), CHUNK)] if isinstance(request, bytes) else request
    deadline = time.monotonic() + timeout
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        try:
            for piece in pieces:
                if select.select([connection], [], [], 0)[0]:
                    break
                connection.sendall(piece)
                assert time.monotonic() < deadline, "the server takes everything and never answers"
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has heard enough; the answer may still be there
        connection.settimeout(max(0.1, deadline - time.monotonic()))
        return read_answer(connection)


def read_answer(connection):
    answer = http.client.HTTPResponse(connection)
    try:
        answer.begin()
    except (http.client.BadStatusLine, ConnectionResetError):
        return None
    return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())


def request_bytes(method, target, headers, body=b""):
    """One HTTP/1.1 request that asks for the connection to be closed after it."""
    lines = [f"{method} {target} HTTP/1.1".encode()]
    lines += [f"{name}: {value}".encode() for name, value in headers.items()]
    return b"\r\n".join([*lines, b"", b""]) + body
