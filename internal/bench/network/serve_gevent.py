# A server on gevent, for the benchmarks: python3 -c TEXT echo|upper
import sys

from gevent.server import StreamServer


def echo(sock, _):
    while data := sock.recv(4096):
        sock.sendall(data)


def upper(sock, _):
    for line in sock.makefile("rb"):
        sock.sendall(line.upper())


server = StreamServer(("127.0.0.1", 0), upper if sys.argv[1] == "upper" else echo, backlog=4096)
server.start()
print("listening on 127.0.0.1:%d" % server.server_port, file=sys.stderr, flush=True)
server.serve_forever()
