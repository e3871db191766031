"""What is cached: 1 KB and 100 KB of JSON, as a service would have it."""

import random
from typing import Any

SMALL = [{"id": i, "email": f"user{i}@example.com", "role": "editor", "score": i * 1.5} for i in range(14)]
MANY = {f"many:{i}": SMALL for i in range(100)}


def _big() -> list[dict[str, Any]]:
    choose = random.Random(1)
    statuses = ("completed", "failed", "pending")
    return [
        {"id": i, "status": choose.choice(statuses), "url": f"https://example.com/{choose.random()}", "score": i * 1.5}
        for i in range(1_100)
    ]


BIG = _big()
