"""Who may do what, as the template says it once it is deployed: names and ARNs in place of functions."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["ACCOUNT", "Deployment", "Principal", "listed"]

#: moto's own.
ACCOUNT = "123456789012"
_PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::StackName": "stack",
    "AWS::URLSuffix": "amazonaws.com",
}
_ARNS = {
    "AWS::IAM::ManagedPolicy": "arn:aws:iam::{account}:policy/{name}",
    "AWS::IAM::Role": "arn:aws:iam::{account}:role/{name}",
    "AWS::Lambda::Function": "arn:aws:lambda:us-east-1:{account}:function:{name}",
    "AWS::Logs::LogGroup": "arn:aws:logs:us-east-1:{account}:log-group:{name}:*",
    "AWS::S3::Bucket": "arn:aws:s3:::{name}",
    "AWS::SNS::Topic": "arn:aws:sns:us-east-1:{account}:{name}",
    "AWS::SQS::Queue": "arn:aws:sqs:us-east-1:{account}:{name}",
}
#: Where a resource says how it is called.
_NAMES = (
    "BucketName",
    "FunctionName",
    "LogGroupName",
    "ManagedPolicyName",
    "QueueName",
    "RoleName",
    "TopicName",
)
_NOTHING = object()


@dataclass(frozen=True, kw_only=True)
class Principal:
    """A role, or whoever has a managed policy. *borrowed* are the ARNs of AWS's own policies."""

    name: str
    documents: list[Any]
    borrowed: list[str]

    @property
    def statements(self) -> list[Any]:
        return [statement for document in self.documents for statement in listed(document["Statement"])]


class Deployment:
    """The template's resources under these parameters, those of unmet conditions included."""

    def __init__(self, template: Mapping[str, Any], **parameters: str) -> None:
        self._resources: Mapping[str, Any] = template["Resources"]
        self._conditions: Mapping[str, Any] = template.get("Conditions", {})
        self._mappings: Mapping[str, Any] = template.get("Mappings", {})
        defaults = {name: said.get("Default", "") for name, said in template["Parameters"].items()}
        self._parameters = defaults | parameters

    def principals(self) -> dict[str, Principal]:
        """By their logical names."""
        found = [*self._of("AWS::IAM::Role"), *self._of("AWS::IAM::ManagedPolicy")]
        return {name: self._principal(name, properties) for name, properties in found}

    def bucket_policy(self, bucket: str) -> list[Any]:
        """The statements of the policies of this bucket."""
        policies = [
            said for _, said in self._of("AWS::S3::BucketPolicy") if said["Bucket"] == {"Ref": bucket}
        ]
        return [one for policy in policies for one in self.resolve(policy["PolicyDocument"]["Statement"])]

    def resolve(self, value: Any) -> Any:
        """*value* with every function in it replaced by what it gives."""
        if isinstance(value, list):
            return [found for each in value if (found := self.resolve(each)) is not _NOTHING]
        if not isinstance(value, dict):
            return value
        if len(value) == 1 and (next(iter(value)) == "Ref" or next(iter(value)).startswith("Fn::")):
            ((function, argument),) = value.items()
            return self._call(function, argument)
        found = {name: self.resolve(each) for name, each in value.items()}
        return {name: each for name, each in found.items() if each is not _NOTHING}

    def _of(self, type_name: str) -> Iterator[tuple[str, Any]]:
        for name, resource in self._resources.items():
            if resource["Type"] == type_name:
                yield name, resource["Properties"]

    def _principal(self, name: str, properties: Mapping[str, Any]) -> Principal:
        own = [policy["PolicyDocument"] for policy in self.resolve(properties.get("Policies", []))]
        if "PolicyDocument" in properties:
            own.append(self.resolve(properties["PolicyDocument"]))
        attached = self.resolve(properties.get("ManagedPolicyArns", []))
        ours = {self._arn(other): self.resolve(said["PolicyDocument"]) for other, said in self._of(_MANAGED)}
        return Principal(
            name=name,
            documents=own + [ours[arn] for arn in attached if arn in ours],
            borrowed=[arn for arn in attached if arn not in ours],
        )

    def _call(self, function: str, argument: Any) -> Any:
        match function, argument:
            case "Ref", str():
                return self._ref(argument)
            case "Fn::GetAtt", str() | list():
                name, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
                return self._attribute(name, attribute)
            case "Fn::Sub", str():
                return self._substitute(argument, {})
            case "Fn::Sub", [str() as text, dict() as names]:
                return self._substitute(text, self.resolve(names))
            case "Fn::Join", [str() as between, parts]:
                return between.join(self.resolve(parts))
            case "Fn::Split", [str() as between, text]:
                return self.resolve(text).split(between)
            case "Fn::Select", [index, parts]:
                return self.resolve(parts)[int(index)]
            case "Fn::FindInMap", [name, first, second]:
                return self._mappings[name][self.resolve(first)][self.resolve(second)]
            case "Fn::If", [name, yes, no]:
                return self.resolve(yes if self._holds({"Condition": name}) else no)
        raise NotImplementedError(f"{function} of {argument!r}")

    def _holds(self, condition: Any) -> bool:
        ((function, argument),) = condition.items()
        match function:
            case "Condition":
                return self._holds(self._conditions[argument])
            case "Fn::Equals":
                return str(self.resolve(argument[0])) == str(self.resolve(argument[1]))
            case "Fn::Not":
                return not self._holds(argument[0])
            case "Fn::And":
                return all(self._holds(each) for each in argument)
            case "Fn::Or":
                return any(self._holds(each) for each in argument)
        raise NotImplementedError(f"{function} of {argument!r}")

    def _substitute(self, text: str, names: Mapping[str, str]) -> str:
        def replace(match: re.Match[str]) -> str:
            name = match[1]
            if name in names:
                return str(names[name])
            if "." in name:
                return str(self._attribute(*name.split(".", 1)))
            return str(self._ref(name))

        return re.sub(r"\$\{([^!}]+)\}", replace, text).replace("${!", "${")

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return _NOTHING
        if name in _PSEUDO:
            return _PSEUDO[name]
        if name in self._parameters:
            return self._parameters[name]
        return self._arn(name) if self._resources[name]["Type"] == _MANAGED else self._name(name)

    def _attribute(self, name: str, attribute: str) -> str:
        return self._arn(name) if attribute == "Arn" else f"{self._name(name)}-{attribute}"

    def _arn(self, name: str) -> str:
        form = _ARNS.get(self._resources[name]["Type"], "arn:aws:none:us-east-1:{account}:{name}")
        return form.format(account=ACCOUNT, name=self._name(name))

    def _name(self, name: str) -> str:
        properties = self._resources[name].get("Properties", {})
        said = [properties[key] for key in _NAMES if key in properties]
        return str(self.resolve(said[0])) if said else name


def listed(value: Any) -> list[Any]:
    """*value*, which a policy may write with or without brackets, with them."""
    return value if isinstance(value, list) else [value]


_MANAGED = "AWS::IAM::ManagedPolicy"
