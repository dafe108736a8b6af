"""The third-party server `scim2-server` (PyPI) as an application people are pushed to.

It holds User (with the enterprise extension) and Group in memory, checks a bearer token, and listens on
127.0.0.1. The base URL is `http://127.0.0.1:PORT/v2`. `GET /writes` (outside SCIM) counts the answered
writes, so that a test can say "nothing was sent".

Its habits, as seen:
- strict: unknown attributes, a `remove` with a `value` and a value path without a match are refused;
- `userName` is unique whatever the case, `displayName` of a group is not unique at all;
- PATCH answers 204, or 200 when `attributes` is given; a PATCH that changes nothing keeps the version;
- real ETags, `If-Match` is honoured; PUT clears what is not sent;
- it does not look at who a group's members are: any id is accepted, and deleting a user leaves the
  membership behind;
- HTTP/1.0, one connection for every request, one thread each.
"""

import argparse
import json
import threading
from collections import Counter
from wsgiref.simple_server import WSGIRequestHandler, make_server

from scim2_server.memory import InMemoryStorage
from scim2_server.testserver.application import BearerTokenApplication
from scim2_server.testserver.cli import ThreadingWSGIServer
from scim2_server.utils import load_default_provider


class Server(ThreadingWSGIServer):
    # The default of 5 waiting connections makes a busy client wait a second for each lost SYN.
    request_queue_size = 128


class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        pass


def counting(application):
    """Serve `application`, and how many writes it answered (`POST /Users 201` → n) at /writes."""
    writes, lock = Counter(), threading.Lock()

    def serve(environ, start_response):
        if environ["PATH_INFO"] == "/writes":
            with lock:
                body = json.dumps(writes).encode()
            start_response("200 OK", [("Content-Type", "application/json")])
            return [body]

        def start(status, headers, exc_info=None):
            if environ["REQUEST_METHOD"] != "GET":
                kind = "/".join(environ["PATH_INFO"].split("/")[:3]).removeprefix("/v2")
                with lock:
                    writes[f"{environ['REQUEST_METHOD']} {kind} {status[:3]}"] += 1
            return start_response(status, headers)

        return application(environ, start)

    return serve


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--port", type=int, required=True)
    arguments.add_argument("--token", required=True)
    options = arguments.parse_args()
    application = BearerTokenApplication(
        InMemoryStorage(), load_default_provider(), bearer_tokens=[options.token]
    )
    with make_server(
        "127.0.0.1", options.port, counting(application), server_class=Server, handler_class=Quiet
    ) as server:
        print(f"ready http://127.0.0.1:{options.port}/v2", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
