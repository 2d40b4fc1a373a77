"""What CloudFormation makes of a template's parameters, rules and conditions."""

import re
from typing import Any

from tests.stack.synthesized import Stack

_NOTHING = {"Ref": "AWS::NoValue"}


def accepts(parameter: Any, value: str) -> bool:
    """Whether CloudFormation would take *value* for *parameter*."""
    if parameter["Type"] == "Number":
        fits = parameter.get("MinValue", 0) <= int(value) <= parameter.get("MaxValue", float("inf"))
    else:
        fits = parameter.get("MinLength", 0) <= len(value) <= parameter.get("MaxLength", 4096)
    allowed = [str(each) for each in parameter.get("AllowedValues", [value])]
    return (
        fits and value in allowed and re.fullmatch(parameter.get("AllowedPattern", ".*"), value) is not None
    )


def refusals(stack: Stack, **parameters: str) -> list[str]:
    """What the template's rules have against *parameters*."""
    template = stack["deployed"]
    values = _values(template, parameters) | {"AWS::Region": "us-east-1"}
    return [
        assertion["AssertDescription"]
        for rule in template["Rules"].values()
        if _holds(rule.get("RuleCondition", True), values, {})
        for assertion in rule["Assertions"]
        if not _holds(assertion["Assert"], values, {})
    ]


def with_parameters(stack: Stack, **parameters: str) -> Stack:
    """*stack* as *parameters* make it: without what their conditions leave out."""
    template = stack["deployed"]
    values = _values(template, parameters)
    holds = {
        name: _holds(each, values, template["Conditions"]) for name, each in template["Conditions"].items()
    }
    chosen = {
        section: {
            name: _chosen(each, holds)
            for name, each in template[section].items()
            if holds.get(each.get("Condition"), True)
        }
        for section in ("Resources", "Outputs")
    }
    return {**stack, "deployed": {**template, **chosen}}


def _values(template: Any, parameters: dict[str, str]) -> dict[str, str]:
    assert parameters.keys() <= template["Parameters"].keys()
    return {name: str(each["Default"]) for name, each in template["Parameters"].items()} | parameters


def _holds(condition: Any, values: dict[str, str], conditions: dict[str, Any]) -> bool:
    """Whether *condition* is true of *values*; it may name others of *conditions*."""
    if isinstance(condition, bool):
        return condition
    ((function, operands),) = condition.items()
    if function == "Condition":
        return _holds(conditions[operands], values, conditions)
    if function == "Fn::Equals":
        one, other = (values[each["Ref"]] if isinstance(each, dict) else str(each) for each in operands)
        return bool(one == other)
    results = [_holds(each, values, conditions) for each in operands]
    return {"Fn::Not": not results[0], "Fn::And": all(results), "Fn::Or": any(results)}[function]


def _chosen(value: Any, holds: dict[str, bool]) -> Any:
    """*value* with each ``Fn::If`` decided, and what is nothing then left out."""
    if isinstance(value, list):
        items = [_chosen(each, holds) for each in value]
        return [each for each in items if each != _NOTHING]
    if not isinstance(value, dict):
        return value
    if "Fn::If" in value:
        name, then, otherwise = value["Fn::If"]
        return _chosen(then if holds[name] else otherwise, holds)
    return {k: each for k, v in value.items() if (each := _chosen(v, holds)) != _NOTHING}
