"""The Lua scripts: what must happen at once in Redis, each beside its reason."""

from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Script:
    """A script's text and the digest by which Redis knows it."""

    text: str
    digest: str

    @classmethod
    def read(cls, name: str) -> "Script":
        """Load `name.lua` from beside this module."""
        text = (Path(__file__).parent / f"{name}.lua").read_text(encoding="utf-8")
        return cls(text, sha1(text.encode(), usedforsecurity=False).hexdigest())


BEGIN = Script.read("begin")
COMPLETE = Script.read("complete")
WRITE = Script.read("write")
FORGET = Script.read("forget")
RENEW = Script.read("renew")
LEARN = Script.read("learn")
VOID = Script.read("void")
COUNT = Script.read("count")
VOUCH = Script.read("vouch")
