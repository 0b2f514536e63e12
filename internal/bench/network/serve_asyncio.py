# A server on asyncio, for the benchmarks: python3 -c TEXT echo|upper [uvloop]
#
# It uses protocols, which are faster than streams.
import asyncio
import sys


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)


class Upper(Echo):
    rest = b""

    def data_received(self, data):
        whole, end, rest = data.rpartition(b"\n")
        if end:
            self.transport.write((self.rest + whole + end).upper())
            self.rest = rest
        else:
            self.rest += data


async def main():
    loop = asyncio.get_running_loop()
    protocol = Upper if sys.argv[1] == "upper" else Echo
    server = await loop.create_server(protocol, "127.0.0.1", 0, backlog=4096)
    port = server.sockets[0].getsockname()[1]
    print("listening on 127.0.0.1:%d" % port, file=sys.stderr, flush=True)
    await server.serve_forever()


if sys.argv[2:] == ["uvloop"]:
    import uvloop

    uvloop.install()
asyncio.run(main())
