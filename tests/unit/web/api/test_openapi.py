"""The description is complete: whoever reads nothing else can use the API."""

import json

import jsonschema_rs
import pytest

from web.api import create_app


@pytest.fixture(scope="module")
def app():
    return create_app()


@pytest.fixture(scope="module")
def operations(app):
    return {
        operation["operationId"]: operation for path in app.openapi()["paths"].values() for operation in path.values()
    }


def test_every_operation_says_what_it_does_and_shows_it(operations):
    assert len(operations) >= 31
    for name, operation in operations.items():
        assert operation["description"].endswith("."), name
        assert operation["tags"], name
        for status, response in operation["responses"].items():
            for content in response.get("content", {}).values():
                assert "example" in content, (name, status)
                assert content.get("schema") != {}, (name, status)


def test_every_parameter_is_described_with_an_example(operations):
    for name, operation in operations.items():
        for parameter in operation.get("parameters", ()):
            assert parameter["description"], (name, parameter["name"])
            shown = parameter.get("example") or parameter.get("examples") or parameter["schema"].get("examples")
            assert shown, (name, parameter["name"])
        for content in operation.get("requestBody", {}).get("content", {}).values():
            assert "examples" in content or "example" in content or "examples" in json.dumps(content["schema"]), name


def test_every_operation_but_the_probes_needs_a_token_and_says_how_it_refuses(operations):
    for name, operation in operations.items():
        if name in ("healthz", "readyz"):
            assert "security" not in operation
            continue
        assert operation["security"], name
        assert {"401", "403", "429", "503"} <= set(operation["responses"]), name
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                assert [*response["content"]] == ["application/problem+json"], (name, status)


def test_every_example_has_the_shape_that_is_described(app, operations):
    shapes = {"components": app.openapi()["components"]}
    seen = 0
    for operation in operations.values():
        for response in operation["responses"].values():
            for kind, content in response.get("content", {}).items():
                if kind.endswith("json") and "schema" in content:
                    jsonschema_rs.validate({**content["schema"], **shapes}, content["example"])
                    seen += 1
    assert seen > 200


def test_no_page_of_the_description_loads_anything_from_elsewhere(app):
    assert app.docs_url is None
    assert app.redoc_url is None
    assert "http" not in json.dumps(app.openapi()["paths"]).replace("http-", "")
