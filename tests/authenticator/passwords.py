"""Password hashes for tests."""

import bcrypt

#: The cheapest that bcrypt computes. Only for testing!
CHEAPEST = 4


def hash_password(password: str, cost: int = CHEAPEST) -> str:
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(cost)).decode()
