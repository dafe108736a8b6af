"""One source with much to say, beside another: nobody waits behind all that it has to say."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

from support.caller import GROUP, USER

CLIENTS = 8
GROUPS = 4
MEMBERS = 2_000


def test_a_noisy_source_does_not_keep_another_waiting(lockstep):
    noisy, quiet = lockstep.add_source("noisy"), lockstep.add_source("quiet")
    ended = Event()

    def push(client):
        answers = []
        with noisy.client() as http:
            http.timeout = 60
            for number in range(GROUPS):
                # Nobody of them is there: each is noted, which is the most that a member can ask for.
                members = [{"value": f"{client}-{number}-{member}"} for member in range(MEMBERS)]
                body = {"schemas": [GROUP], "displayName": f"Group {client} {number}", "members": members}
                answers.append(http.post("/Groups", json=body).status_code)
        return answers

    def hire():
        answers = []
        with quiet.client() as http:
            http.timeout = 60
            while not ended.is_set():
                body = {"schemas": [USER], "userName": f"person.{len(answers)}@quiet.example"}
                answers.append(http.post("/Users", json=body).status_code)
        return answers

    with ThreadPoolExecutor(CLIENTS + 1) as pool:
        hired = pool.submit(hire)
        pushed = [status for answers in pool.map(push, range(CLIENTS)) for status in answers]
        ended.set()
        hired = hired.result()
    # What waits too long behind its own kind may be sent off to come again; nobody else is.
    assert set(pushed) <= {201, 503} and pushed.count(201) >= CLIENTS
    assert set(hired) == {201}
    # In one queue it would have been one for each eight.
    assert len(hired) > len(pushed) / 2
