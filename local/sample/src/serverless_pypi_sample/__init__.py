"""What the local stack publishes, so that there is something to install."""

GREETING = "Installed from your own index."
