# A server on Twisted, for the benchmarks: python3 -c TEXT echo|upper
import sys

from twisted.internet import protocol, reactor
from twisted.protocols.basic import LineOnlyReceiver


class Echo(protocol.Protocol):
    def dataReceived(self, data):
        self.transport.write(data)


class Upper(LineOnlyReceiver):
    delimiter = b"\n"

    def lineReceived(self, line):
        self.sendLine(line.upper())


factory = protocol.Factory.forProtocol(Upper if sys.argv[1] == "upper" else Echo)
port = reactor.listenTCP(0, factory, backlog=4096, interface="127.0.0.1")
print("listening on 127.0.0.1:%d" % port.getHost().port, file=sys.stderr, flush=True)
reactor.run()
