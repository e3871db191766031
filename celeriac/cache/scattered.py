"""The store in a cluster: an entry shares a slot with its lock and its list, generations have their own."""

from collections.abc import Callable, Mapping, Sequence

from celeriac.cache import commands
from celeriac.cache.commands import Claim, Held, Mode, Place
from celeriac.cache.envelope import Sealed
from celeriac.cache.keys import Names
from celeriac.cache.store import AWAY, Away, Store


class ScatteredStore(Store):
    """Does in several commands what one server does in one; the order of them is what keeps it safe."""

    async def begin(self, place: Place, token: bytes, lock_ms: int, ttl_ms: int, mode: Mode) -> Claim | Held | Away:
        """Ask for the computation of an entry, its generations learnt first."""
        generations = await self._learn(place.generations, ttl_ms)
        if generations is AWAY:
            return AWAY
        answer = await self._run(commands.begin(place, token, lock_ms, ttl_ms, mode))
        return AWAY if answer is AWAY else commands.begun(place, token, answer, generations)

    async def write(self, names: Names, tags: tuple[str, ...], items: list[tuple[str, Sealed, int]]) -> int | Away:
        """Store (key, envelope, ttl in ms) items under the same tags."""
        tokens = await self._learn(Place(names, "", tags).generations, max(ttl_ms for _, _, ttl_ms in items))
        if tokens is AWAY:
            return AWAY
        writes = [commands.write_apart(names, tokens, key, sealed, ttl_ms) for key, sealed, ttl_ms in items]
        answers = await self._ask(lambda: self._link.evaluate_all(writes))
        return AWAY if answers is AWAY else sum(answers)

    async def renew(self, tokens_by_lock: Mapping[str, bytes], lock_ms: int) -> None:
        """Keep the locks of running computations."""
        renewals = [commands.renew({lock: token}, lock_ms) for lock, token in tokens_by_lock.items()]
        await self._ask(lambda: self._link.evaluate_all(renewals))

    async def _learn(self, generations: Sequence[str], ttl_ms: int) -> bytes | Away:
        questions = [commands.learn(generation, ttl_ms) for generation in generations]
        answers = await self._ask(lambda: self._link.evaluate_all(questions))
        return AWAY if answers is AWAY else b"".join(answers)

    async def _forget(self, pairs: list[tuple[str, str]]) -> int:
        return sum(await self._link.evaluate_all([commands.forget([pair]) for pair in pairs]))

    async def _drop_matching(self, names: Names, pattern: str, batch: int, progress: Callable[[int], None]) -> int:
        # No barrier is seen by all slots at one moment. So first every computation under way is refused its result, and
        # then values are dropped: one that was stored before its lock was found is among them.
        walk = self._link.scan(names.lock_pattern(pattern), batch)
        while locks := await self._link.more(walk, batch):
            await self._link.evaluate_all([commands.void(lock.decode("utf-8", "surrogatepass")) for lock in locks])
        return await self._drop_values(names.pattern(pattern), batch, progress)
