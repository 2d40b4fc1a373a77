"""New tokens, for whoever writes ``auth/htpasswd``."""

import secrets

from authenticator.tokens import checksum

__all__ = ["issue_token"]


def issue_token() -> str:
    """A new token, from the system's source of randomness."""
    secret = secrets.token_urlsafe(32)
    return f"spp_{secret}{checksum(secret.encode()).decode()}"
