"""What SAM must be told, so that it builds what runs."""

from tests.stack.synthesized import REMOVED, Mutation, Stack


def built_by_makefile(stack: Stack) -> list[str]:
    """SAM's default builder would want the runtime's own interpreter."""
    return [
        f"{name} has no BuildMethod: makefile"
        for name, resource in stack["written"]["Resources"].items()
        if resource["Type"] in ("AWS::Serverless::Function", "AWS::Serverless::LayerVersion")
        and resource.get("Metadata", {}).get("BuildMethod") != "makefile"
    ]


def no_globals(stack: Stack) -> list[str]:
    """They would reach the edge function silently."""
    return ["there are Globals"] if "Globals" in stack["written"] else []


#: Each rule is shown to see what it forbids.
MUTATIONS: list[Mutation] = [
    (built_by_makefile, ("written", "Resources", "AuthenticatorFunction", "Metadata"), REMOVED),
    (
        built_by_makefile,
        ("written", "Resources", "SimpleIndexLayer", "Metadata", "BuildMethod"),
        "python",
    ),
    (no_globals, ("written", "Globals"), {"Function": {"Tracing": "Active"}}),
]
