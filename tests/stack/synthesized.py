"""A synthesized template: ways into it, and copies of it that are changed for the worse."""

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Stack = dict[str, Any]
Path = tuple[str | int, ...]
Rule = Callable[[Stack], list[str]]
#: A rule, and a change that breaks it: where, and what to put there. "+" appends to a list.
Mutation = tuple[Rule, Path, Any]

REMOVED = object()


def resources(stack: Stack, type_name: str) -> dict[str, Any]:
    """The deployed resources of one type, by logical name."""
    return {k: v for k, v in stack["deployed"]["Resources"].items() if v["Type"] == type_name}


def properties(stack: Stack, name: str) -> Any:
    """The properties of one deployed resource."""
    return stack["deployed"]["Resources"][name]["Properties"]


def distribution(stack: Stack) -> Any:
    """The configuration of the distribution."""
    return properties(stack, "CloudFrontDistribution")["DistributionConfig"]


def behaviours(stack: Stack) -> list[Any]:
    """Every cache behaviour, the default first."""
    config = distribution(stack)
    return [config["DefaultCacheBehavior"], *config.get("CacheBehaviors", [])]


def bucket_arns(*paths: str) -> list[Any]:
    """What the template writes for objects of the bucket."""
    return [{"Fn::Sub": f"${{Bucket.Arn}}/{path}"} for path in paths]


def statements(stack: Stack) -> Iterator[tuple[str, Any]]:
    """Every policy statement, with the name of its resource."""
    for name, resource in stack["deployed"]["Resources"].items():
        found = resource.get("Properties", {})
        documents = [policy["PolicyDocument"] for policy in found.get("Policies", [])]
        documents += [found[key] for key in ("PolicyDocument", "AssumeRolePolicyDocument") if key in found]
        for document in documents:
            for alternative in document["Fn::If"][1:] if "Fn::If" in document else [document]:
                yield from ((name, statement) for statement in alternative["Statement"])


def listed(value: Any) -> list[Any]:
    """*value*, which a policy may write with or without brackets, with them."""
    return value if isinstance(value, list) else [value]


def granted(stack: Stack, role: str) -> dict[str, list[Any]]:
    """The resources that a role's statements allow, by action."""
    found: dict[str, list[Any]] = {}
    for name, statement in statements(stack):
        if name == role and statement["Effect"] == "Allow" and "Resource" in statement:
            for action in listed(statement["Action"]):
                found.setdefault(action, []).extend(listed(statement["Resource"]))
    return found


def unlike(expected: Mapping[Any, Any], actual: Any) -> list[str]:
    """A sentence for each of *expected* that *actual* has otherwise."""
    return [
        f"{name} is {actual.get(name)!r}, not {value!r}"
        for name, value in expected.items()
        if actual.get(name) != value
    ]


def mutated(stack: Stack, path: Path, value: Any) -> Stack:
    """A copy of *stack* with *value* at *path*."""
    result = copy.deepcopy(stack)
    place: Any = result
    for step in path[:-1]:
        place = place[step]
    if path[-1] == "+":
        place.append(value)
    elif value is REMOVED:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return result
