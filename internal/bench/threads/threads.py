# Threads of other kinds, for the benchmarks: python3 -c TEXT KIND JOB N
#
# It prints how many seconds of processor the job took, or the bytes of each thread that waits,
# and the answer.
import json
import sys
import time


def resident():
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * 4096


class Turns:
    """Counts turns, and those in which a thread came after itself."""

    def __init__(self):
        self.n = self.again = 0
        self.last = None

    def take(self, who):
        self.n += 1
        self.again += who is self.last
        self.last = who

    def answer(self):
        return "%d turns" % self.n, self.again


def lead(n):
    """The time in which n timers have been set, for sure."""
    return 0.05 + n * 100e-6


def due(n):
    """The times, in an order that is none, at which n timers are due."""
    return [i * 7919 % n * 20e-6 + lead(n) for i in range(n)]


def popped(order):
    late = sum(b < a for a, b in zip(order, order[1:]))
    return "%d timers" % len(order), late


class Generator:
    def switch(self, n):
        turns = Turns()

        def body(me):
            for _ in range(n // 2):
                turns.take(me)
                yield

        for _ in zip(body(1), body(2)):
            pass
        return turns.answer()

    def value1(self, n):
        def source():
            for i in range(n):
                yield i

        total = 0
        for v in source():
            total += v
        return total

    def start(self, n):
        def body():
            return 1
            yield

        total = 0
        for _ in range(n):
            try:
                next(body())
            except StopIteration as e:
                total += e.value
        return total

    def memory(self, n):
        def body():
            yield

        keep = [body() for _ in range(n)]
        for g in keep:
            next(g)
        return keep


class Greenlet:
    def __init__(self):
        import greenlet

        self.greenlet = greenlet.greenlet
        self.current = greenlet.getcurrent

    def switch(self, n):
        turns = Turns()

        def body(me):
            for _ in range(n // 2):
                turns.take(me)
                other[me].switch()

        a, b = self.greenlet(lambda: body(0)), self.greenlet(lambda: body(1))
        other = [b, a]
        a.switch()
        b.switch()
        return turns.answer()

    def value1(self, n):
        main = self.current()

        def source():
            for i in range(n):
                main.switch(i)
            return None

        g, total = self.greenlet(source), 0
        while (v := g.switch()) is not None:
            total += v
        return total

    def start(self, n):
        return sum(self.greenlet(lambda: 1).switch() for _ in range(n))

    def memory(self, n):
        main = self.current()

        def body():
            main.switch()

        keep = [self.greenlet(body) for _ in range(n)]
        for g in keep:
            g.switch()
        return keep


class Gevent:
    def __init__(self):
        import gevent.event
        import gevent.queue

        self.gevent = gevent

    def switch(self, n):
        turns = Turns()

        def body(me):
            for _ in range(n // 2):
                turns.take(me)
                self.gevent.sleep(0)

        self.gevent.joinall([self.gevent.spawn(body, i) for i in range(2)])
        return turns.answer()

    def value(self, n, capacity):
        q = self.gevent.queue.Queue(capacity)

        def source():
            for i in range(n):
                q.put(i)
            q.put(None)

        self.gevent.spawn(source)
        total = 0
        while (v := q.get()) is not None:
            total += v
        return total

    def value1(self, n):
        return self.value(n, 1)

    def start(self, n):
        return sum(self.gevent.spawn(lambda: 1).get() for _ in range(n))

    def memory(self, n):
        event = self.gevent.event.Event()
        keep = [self.gevent.spawn(event.wait) for _ in range(n)]
        self.gevent.sleep(0)
        return keep

    def timers(self, n):
        order, start = [], time.monotonic()

        def body(d):
            self.gevent.sleep(start + d - time.monotonic())
            order.append(d)

        self.gevent.joinall([self.gevent.spawn(body, d) for d in due(n)])
        return popped(order)


class Asyncio:
    def run(self, main):
        import asyncio

        self.asyncio = asyncio
        return asyncio.run(main)

    def switch(self, n):
        turns = Turns()

        async def body(me):
            for _ in range(n // 2):
                turns.take(me)
                await self.asyncio.sleep(0)

        async def main():
            await self.asyncio.gather(body(0), body(1))

        self.run(main())
        return turns.answer()

    def value(self, n, capacity):
        async def main():
            q = self.asyncio.Queue(capacity)

            async def source():
                for i in range(n):
                    await q.put(i)
                await q.put(None)

            task = self.asyncio.create_task(source())
            total = 0
            while (v := await q.get()) is not None:
                total += v
            await task
            return total

        return self.run(main())

    def value1(self, n):
        return self.value(n, 1)

    def start(self, n):
        async def body():
            return 1

        async def main():
            total = 0
            for _ in range(n):
                total += await self.asyncio.create_task(body())
            return total

        return self.run(main())

    def memory(self, n, before, told):
        async def main():
            event = self.asyncio.Event()
            keep = [self.asyncio.create_task(event.wait()) for _ in range(n)]
            await self.asyncio.sleep(0)
            told((resident() - before()) / n)
            event.set()
            await self.asyncio.gather(*keep)

        self.run(main())

    def timers(self, n):
        order, start = [], time.monotonic()

        async def body(d):
            await self.asyncio.sleep(start + d - time.monotonic())
            order.append(d)

        async def main():
            await self.asyncio.gather(*[body(d) for d in due(n)])

        self.run(main())
        return popped(order)


class Stackless:
    def __init__(self):
        import stackless

        self.stackless = stackless

    def switch(self, n):
        turns = Turns()

        def body(me):
            for _ in range(n // 2):
                turns.take(me)
                self.stackless.schedule()

        for i in range(2):
            self.stackless.tasklet(body)(i)
        self.stackless.run()
        return turns.answer()

    def value1(self, n):
        c = self.stackless.channel()

        def source():
            for i in range(n):
                c.send(i)

        self.stackless.tasklet(source)()
        return sum(c.receive() for _ in range(n))

    def start(self, n):
        got = []
        for _ in range(n):
            self.stackless.tasklet(got.append)(1)
            self.stackless.run()
        return sum(got)

    def memory(self, n):
        c = self.stackless.channel()
        keep = [self.stackless.tasklet(c.receive)() for _ in range(n)]
        self.stackless.run()
        return keep


def main(kind, job, n):
    way = {"generator": Generator, "greenlet": Greenlet, "gevent": Gevent, "asyncio": Asyncio, "stackless": Stackless}[kind]()
    out = {}
    before = resident()
    if job == "memory" and kind == "asyncio":
        way.memory(n, lambda: before, lambda b: out.update(bytes=b))
        answer = n
    elif job == "memory":
        keep = way.memory(n)
        out["bytes"] = (resident() - before) / n
        answer = len(keep)
    else:
        start = time.process_time()
        if job == "value1024":
            answer = way.value(n, 1024)
        else:
            answer = getattr(way, job)(n)
        out["seconds"] = time.process_time() - start
        if job in ("timers", "switch"):
            answer, out["late"] = answer
    out["answer"] = str(answer)
    print(json.dumps(out), flush=True)


main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
