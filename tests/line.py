"""A phone's line between a browser and the product: slow, far, and unreliable, as told.

A TCP proxy on 127.0.0.1. Unlike a browser's own network emulation it also holds back what a
service worker sends, and what it cuts is cut in the middle of a request, as on a real line.
"""

import asyncio
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from tests.servers import free_port

METHODS = (b"GET ", b"HEAD ", b"POST ", b"PATCH ", b"PUT ", b"DELETE ")
PIECE = 16 * 1024


@dataclass(frozen=True)
class Profile:
    """How a line is. Rates are of each direction, shared by all connections."""

    name: str
    kilobits: int  # a second
    delay_ms: int  # there and back
    failing: float = 0.0  # share of requests that are cut off somewhere
    every: float = 0.0  # seconds from cut to cut; 0: never
    cut: float = 0.0  # seconds that nothing gets through

    def told(self) -> str:
        words = f"{self.kilobits / 1000:g} Mbit/s, {self.delay_ms} ms"
        if self.failing:
            words += f", {self.failing:.0%} of requests cut off"
        if self.cut:
            words += f", nothing for {self.cut:g} s in every {self.every:g} s"
        return words


GOOD_4G = Profile("good 4G", kilobits=9000, delay_ms=60)
SLOW_3G = Profile("slow 3G", kilobits=400, delay_ms=400)
BAD = Profile("bad line", kilobits=1600, delay_ms=300, failing=0.2, every=30.0, cut=10.0)
PROFILES = (GOOD_4G, SLOW_3G, BAD)


class _Direction:
    """Lets bytes through at the line's rate, whoever's they are."""

    def __init__(self, bytes_per_second: float) -> None:
        self.rate, self.free_at = bytes_per_second, 0.0

    async def pass_through(self, size: int) -> None:
        now = asyncio.get_running_loop().time()
        self.free_at = max(now, self.free_at) + size / self.rate
        await asyncio.sleep(self.free_at - now)


@dataclass
class Line:
    """A line that is being used; ``requests`` and ``cut_off`` count."""

    profile: Profile
    server: int  # the port behind it
    port: int = field(default_factory=free_port)
    requests: int = 0
    cut_off: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, running: threading.Event, stop: asyncio.Event) -> None:
        rate = self.profile.kilobits * 1000 / 8
        self._up, self._down = _Direction(rate), _Direction(rate)
        self._chance = random.Random(7)
        self._began = asyncio.get_running_loop().time()
        listening = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
        running.set()
        async with listening:
            await stop.wait()
            mine = asyncio.current_task()
            others = [task for task in asyncio.all_tasks() if task is not mine]
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

    def _dead(self) -> bool:
        profile = self.profile
        if not profile.cut:
            return False
        since = asyncio.get_running_loop().time() - self._began
        return since % profile.every > profile.every - profile.cut

    async def _connected(self, near: asyncio.StreamReader, phone: asyncio.StreamWriter) -> None:
        try:
            if self._dead():
                return
            far, server = await asyncio.open_connection("127.0.0.1", self.server)
            try:
                ways = [
                    *self._carried(near, server, self._up),
                    *self._carried(far, phone, self._down),
                ]
                _, left = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                for task in left:
                    task.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
            finally:
                server.transport.abort()
        except asyncio.CancelledError:
            pass  # the line is being taken down
        finally:
            phone.transport.abort()

    def _carried(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, way: _Direction
    ) -> list["asyncio.Task[None]"]:
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(maxsize=128)
        return [
            asyncio.create_task(self._take(source, way, under_way)),
            asyncio.create_task(self._bring(target, under_way)),
        ]

    async def _take(
        self,
        source: asyncio.StreamReader,
        way: _Direction,
        under_way: "asyncio.Queue[tuple[float, bytes]]",
    ) -> None:
        """Pass bytes on until this side ends, the line is cut, or this request is cut off."""
        left: int | None = None  # bytes until the request that is failing is cut off
        delay = self.profile.delay_ms / 2000
        with suppress(ConnectionError):
            while piece := await source.read(PIECE):
                if way is self._up and piece.startswith(METHODS):
                    self.requests += 1
                    failing = self._chance.random() < self.profile.failing
                    left = self._chance.randint(0, 300_000) if failing else None
                await way.pass_through(len(piece))
                if left is not None:
                    left -= len(piece)
                if self._dead() or (left is not None and left < 0):
                    self.cut_off += 1
                    return
                arrives = asyncio.get_running_loop().time() + delay
                await under_way.put((arrives, piece))
                if left is not None and len(piece) < PIECE:
                    await asyncio.sleep(2 * delay)  # it gets there; its answer is what is lost
                    self.cut_off += 1
                    return

    async def _bring(
        self, target: asyncio.StreamWriter, under_way: "asyncio.Queue[tuple[float, bytes]]"
    ) -> None:
        with suppress(ConnectionError):
            while True:
                arrives, piece = await under_way.get()
                await asyncio.sleep(arrives - asyncio.get_running_loop().time())
                target.write(piece)
                await target.drain()


@contextmanager
def line(profile: Profile, server: int) -> Iterator[Line]:
    """A line of this profile to the server on this port of 127.0.0.1."""
    made, running = Line(profile, server), threading.Event()
    loop, stopping = asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(
        target=loop.run_until_complete, args=(made.serve(running, stopping),), daemon=True
    )
    thread.start()
    assert running.wait(10)
    try:
        yield made
    finally:
        loop.call_soon_threadsafe(stopping.set)
        thread.join(10)
        loop.close()
