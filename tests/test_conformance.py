"""The third-party suite `scim2-tester` (PyPI) finds nothing wrong with a fresh source: neither with what the standard
defines, nor with a resource type and an extension that an administrator defined."""

import base64
import datetime
import json
from pathlib import Path

import httpx2
import pytest
import scim2_models
import scim2_tester.filling
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import ResponseParameters, Returned
from scim2_tester import Status, check_server
from scim2_tester.checkers import patch_add, patch_replace

DEFINITIONS = Path(__file__).parent / "definitions" / "test-resource.json"


def check(source, client=SyncSCIMClient):
    """What the suite says of a source; nothing of it may have failed."""
    http = httpx2.Client(base_url=source.base_url, headers={"Authorization": f"Bearer {source.token}"}, timeout=30)
    with http:
        results = check_server(client(http))
    failed = [r for r in results if r.status in (Status.ERROR, Status.CRITICAL)]
    deviating = [r for r in results if r.status is Status.DEVIATION]
    checked = [r for r in results if r.status is not Status.SKIPPED]
    print(f"{len(checked)} checks, {len(failed)} failed, {len(deviating)} deviate from a SHOULD")
    for result in deviating:
        print(f"deviates: {result.resource_type} {result.title}: {result.reason}")
    assert not failed, "\n".join(f"{r.resource_type} {r.title}: {r.reason} {r.data!r:.300}" for r in failed)
    return checked


@pytest.mark.row("C05", "C04")
def test_scim2_tester(source):
    checked = check(source)
    # Fewer would mean that a discovery document led the suite past most of its checks.
    assert len(checked) > 100
    assert {r.resource_type for r in checked} >= {"User", "Group"}


def definitions(without=lambda attribute, schema: False):
    """The synthetic resource type and Acme's extension of users, without some attributes."""
    read = json.loads(DEFINITIONS.read_text())
    for definition in read:
        attributes = definition.get("attributes", [])
        attributes[:] = [attribute for attribute in attributes if not without(attribute, definition["id"])]
        for attribute in attributes:
            # The suite takes `returned: always` for "has a value always", which only what is required can have: an
            # attribute without a value is not in an answer (RFC 7643 section 2.5).
            if attribute.get("returned") == "always":
                attribute["required"] = True
    return read


def publish(lockstep, made, tmp_path):
    file = tmp_path / "definitions.json"
    file.write_text(json.dumps(made))
    outcomes = lambda: {line["outcome"] for line in lockstep.cli("schema", "apply", str(file))}  # noqa: E731
    assert outcomes() == {"made", "changed"}
    assert outcomes() == {"unchanged"}


def assert_complete(checked, attributes):
    """The suite was not led past its checks: it added every attribute, and more than once."""
    assert {r.resource_type for r in checked} >= {"User", "Group", "TestResource"}
    added = {r.data["urn"] for r in checked if r.title == "check_add_attribute" and r.data}
    missing = [name for name in attributes if not any(urn.endswith(name) for urn in added)]
    assert not missing, f"never added: {missing}"


@pytest.mark.row("C05")
def test_scim2_tester_with_own_definitions(lockstep, source, tmp_path):
    """The suite as it is, over every attribute that it can judge. What it can't:

    * it fills a dateTime with a random text, which its own model then refuses;
    * it compares the bytes of a binary attribute with their base64 text;
    * it looks for what is `returned: request` in a GET that does not ask for it (RFC 7643 section 7: "only if
      specified in the attributes parameter");
    * it adds to a list in an extension after adding the whole extension, and expects the first values to be gone
      (RFC 7644 section 3.5.2.1: "a new value is added").
    """

    def beyond(attribute, schema):
        return (
            attribute["type"] in ("dateTime", "binary")
            or attribute.get("returned") == "request"
            or (attribute.get("multiValued") and schema == "urn:acme:2.0:User")
        )

    publish(lockstep, definitions(without=beyond), tmp_path)
    checked = check(source)
    assert_complete(checked, ["caseExactString", "integerAttr", "multiStrings", "multiComplex", "extInteger", "desk"])


class Asking(SyncSCIMClient):
    """A client that asks for everything by name when it reads a resource that shows some of it only on request."""

    def query(self, resource_model=None, id=None, query_parameters=None, **rest):
        if resource_model is not None and id is not None and query_parameters is None:
            every = list(scim2_models.Path[resource_model].iter_paths(include_subattributes=False))
            if any(path.resolve() and path.resolve().get_annotation(Returned) is Returned.request for path in every):
                query_parameters = ResponseParameters(attributes=every)
        return super().query(resource_model, id, query_parameters=query_parameters, **rest)


def mend(monkeypatch):
    """What is wrong with the suite (see above), put right."""
    example = scim2_tester.filling.get_random_example_value

    def with_times(path):
        binding = path.resolve()
        if binding is not None and "datetime" in repr(binding.target_type).lower():
            return datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.timezone.utc)
        return example(path)

    equal = patch_replace.fields_equality

    def equal_as_bytes(expected, actual):
        if isinstance(actual, bytes) and isinstance(expected, str):
            return base64.b64decode(expected) == actual
        return equal(expected, actual)

    def added(expected, actual):
        if isinstance(expected, list) and isinstance(actual, list) and all(isinstance(one, str) for one in actual):
            return actual[-len(expected) :] == expected
        return equal_as_bytes(expected, actual)

    monkeypatch.setattr(scim2_tester.filling, "get_random_example_value", with_times)
    monkeypatch.setattr(patch_replace, "fields_equality", equal_as_bytes)
    monkeypatch.setattr(patch_add, "fields_equality", added)


@pytest.mark.row("C05")
def test_scim2_tester_with_every_characteristic(lockstep, source, tmp_path, monkeypatch):
    """The whole synthetic type and extension, with the suite's four faults put right."""
    publish(lockstep, definitions(), tmp_path)
    mend(monkeypatch)
    checked = check(source, Asking)
    assert_complete(checked, ["dateTimeAttr", "binaryAttr", "requestOnlyAttr", "skills", "started", "writeOnlyAttr"])
