"""A proxyless gRPC client and the two servers that it may find, told what to do by lines on standard input.

Prints the servers' ports, then answers each line: `follow HOST:PORT` opens a channel that asks that management server,
`call` makes a call and prints who served it, or the error.
"""

import json
import os
import sys
from concurrent import futures

import grpc


class Named(grpc.GenericRpcHandler):
    def __init__(self, name):
        self.name = name

    def service(self, details):
        return grpc.unary_unary_rpc_method_handler(lambda request, context: self.name.encode())


def serve(name):
    server = grpc.server(futures.ThreadPoolExecutor(2), handlers=(Named(name),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


def say(text):
    print(text, flush=True)


def main():
    servers = [serve("one"), serve("two")]
    say(" ".join(str(port) for _, port in servers))
    channel = None
    for line in sys.stdin:
        command, *arguments = line.split()
        if command == "follow":
            management = {"server_uri": arguments[0], "channel_creds": [{"type": "insecure"}], "server_features": ["xds_v3"]}
            bootstrap = {"xds_servers": [management], "node": {"id": "grpc-1"}}
            os.environ["GRPC_XDS_BOOTSTRAP_CONFIG"] = json.dumps(bootstrap)
            channel = grpc.insecure_channel("xds:///greeter")
            say("ok")
        else:
            try:
                say(channel.unary_unary("/greeter.Greeter/Hello")(b"", timeout=5).decode())
            except grpc.RpcError as error:
                say(f"{error.code()} {error.details()}".replace("\n", " "))


main()
