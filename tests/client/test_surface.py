"""The three doors: what they export is complete, sorted and explained, and the two clients are one."""

import ast
import dataclasses
import enum
import inspect
import types
from pathlib import Path

import pytest

import smsway
import smsway.model
import smsway.provider
from smsway import AsyncClient, Client, calls

DOORS = [smsway, smsway.provider, smsway.model]


def defined_in(door):
    """Return the public names that the source of *door* imports from smsway or defines, or imports when asked."""
    names = set()
    statements = ast.parse(Path(door.__file__).read_text(encoding="utf-8")).body
    lazy = [each for node in statements if isinstance(node, ast.If) for each in node.body]
    for node in statements + lazy:
        match node:
            case ast.ImportFrom(module=module) if module and module.startswith("smsway"):
                names |= {each.asname or each.name for each in node.names}
            case ast.FunctionDef() | ast.ClassDef():
                names.add(node.name)
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
    return {name for name in names if not name.startswith("_")}


def constants_then_classes(name):
    return not name.isupper(), not name[0].isupper(), name


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_all_is_sorted_has_no_doubles_and_every_name_is_there(door):
    assert list(door.__all__) == sorted(set(door.__all__), key=constants_then_classes)
    for name in door.__all__:
        assert hasattr(door, name), name


@pytest.mark.parametrize("door", [smsway, smsway.model], ids=lambda door: door.__name__)
def test_all_is_complete(door):
    assert defined_in(door) - set(door.__all__) == set()


def test_all_of_provider_is_complete_but_for_type_variables():
    missing = defined_in(smsway.provider) - set(smsway.provider.__all__)

    assert missing == {"ConfigT"}


def test_every_error_and_value_of_the_model_that_an_application_meets_is_in_the_first_door():
    inner = {"UnexpectedResponse", "MalformedCallback"}
    errors = {
        name
        for name in smsway.model.__all__
        if inspect.isclass(value := getattr(smsway.model, name)) and issubclass(value, Exception)
    }

    assert errors - inner <= set(smsway.__all__)


def own_members(value):
    """Return the public functions and properties that a class of ours defines."""
    return {
        name: member
        for name, member in vars(value).items()
        if not name.startswith("_") and isinstance(member, types.FunctionType | property | classmethod | staticmethod)
    }


def is_explained(value):
    doc = inspect.getdoc(value)
    # A dataclass without a docstring gets its signature as one.
    return bool(doc) and not (dataclasses.is_dataclass(value) and doc.startswith(f"{value.__name__}("))


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_every_public_name_and_method_has_a_docstring(door):
    bare = []
    for name in door.__all__:
        value = getattr(door, name)
        if not (inspect.isclass(value) or inspect.isfunction(value)) or not value.__module__.startswith("smsway"):
            continue
        if not is_explained(value):
            bare.append(name)
        if inspect.isclass(value):
            bare += [f"{name}.{each}" for each, member in own_members(value).items() if not is_explained(member)]

    assert bare == []
    assert inspect.getdoc(door)


@pytest.mark.parametrize(
    "words", [smsway.Status, smsway.Reason, smsway.Delivery, smsway.model.Sharing], ids=lambda words: words.__name__
)
def test_every_word_of_an_enumeration_is_explained_in_the_source(words):
    source = ast.parse(inspect.getsource(words)).body[0].body
    unexplained = [
        node.targets[0].id
        for node, after in zip(source, [*source[1:], None], strict=True)
        if isinstance(node, ast.Assign) and not (isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant))
    ]

    assert unexplained == []
    assert issubclass(words, enum.StrEnum)


def surface(client):
    return {name: getattr(client, name) for name in dir(client) if not name.startswith("_")}


PAIRS = [
    (Client, AsyncClient),
    (calls.Reports, calls.AsyncReports),
    (calls.Inbox, calls.AsyncInbox),
    (calls.Templates, calls.AsyncTemplates),
    (calls.Signatures, calls.AsyncSignatures),
    (calls.Statistics, calls.AsyncStatistics),
]


def parameters(function):
    return [(each.name, each.kind, each.default) for each in inspect.signature(function).parameters.values()]


@pytest.mark.parametrize("client", [Client, AsyncClient])
def test_everything_that_a_client_has_is_explained(client):
    members = {name: inspect.getattr_static(client, name) for name in surface(client)}

    assert {"send", "explain", "health", "tracker", "reports", "templates", "balance", "drift"} <= members.keys()
    assert [name for name, member in members.items() if not is_explained(member)] == []


@pytest.mark.parametrize(("threads", "tasks"), PAIRS, ids=lambda face: face.__name__)
def test_both_faces_have_the_same_parameters(threads, tasks):
    ours, theirs = surface(threads), surface(tasks)

    assert ours.keys() - {"close"} == theirs.keys() - {"aclose"}
    for name in ours.keys() - {"close"}:
        assert type(ours[name]) is type(theirs[name]) or callable(theirs[name]), name
        if callable(ours[name]):
            assert parameters(ours[name]) == parameters(theirs[name]), name
    assert parameters(threads.__init__) == parameters(tasks.__init__)


@pytest.mark.parametrize(("threads", "tasks"), PAIRS[1:], ids=lambda face: face.__name__)
def test_every_call_of_a_facet_is_explained_and_awaited_in_the_one_only(threads, tasks):
    for name, call in own_members(threads).items():
        other = getattr(tasks, name)
        assert inspect.getdoc(call).split() == inspect.getdoc(other).replace("Async", "").split(), name
        assert type(call) is type(inspect.getattr_static(tasks, name)), name
        # What is known already is a property, and waits for nothing.
        assert inspect.iscoroutinefunction(other) is not isinstance(call, property), name
        assert not inspect.iscoroutinefunction(call), name


def test_what_waits_is_awaitable_in_the_one_and_not_in_the_other():
    assert inspect.iscoroutinefunction(AsyncClient.send)
    assert inspect.iscoroutinefunction(AsyncClient.aclose)
    assert inspect.isasyncgenfunction(AsyncClient.send_many)
    assert inspect.isgeneratorfunction(Client.send_many)
    assert not inspect.iscoroutinefunction(AsyncClient.explain)
    assert not inspect.iscoroutinefunction(AsyncClient.health)
