"""The synthetic resource type of tests/definitions, with every characteristic that an attribute can have."""

from pathlib import Path

from .caller import assert_error

TEST = "urn:ietf:params:scim:schemas:test:2.0:TestResource"
EXTENSION = "urn:ietf:params:scim:schemas:extension:test:2.0:TestResource"
DEFINITIONS = Path(__file__).parents[1] / "definitions" / "test-resource.json"


def resource(world, **attributes):
    """A body with what is required, and these attributes."""
    required = {"identifier": world.name("r"), EXTENSION: {"extRequired": "r"}}
    return {"schemas": [TEST, EXTENSION]} | required | attributes


def made(world, short, **attributes):
    """A resource with this identifier is made; what the answer shows."""
    return world.call("POST", "/TestResources", resource(world, identifier=world.name(short), **attributes), expect=201)


def refused(world, **attributes):
    """A body with these attributes is refused for a value; why."""
    answer = world.call("POST", "/TestResources", resource(world, **attributes), expect=400)
    assert_error(answer, 400, "invalidValue")
    return answer["detail"]
