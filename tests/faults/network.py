# Puts the proxy between Parley and its services, and takes it away again.
# SPDX-License-Identifier: BSD-2-Clause
import json
import pathlib
import subprocess
import sys
import threading

PROGRAM = pathlib.Path(__file__).with_name("proxy.py")


class Network:
    """
    The links redis, amqp, db and search of one stack. While it is up the
    stack's override.conf leads Parley through the proxy.
    """

    def __init__(self, parts):
        self.parts = parts
        self.override = parts.run / "override.conf"
        self.process = None
        self.lock = threading.Lock()

    def links(self):
        """name: (where the proxy listens, the service)."""
        ports = self.parts.ports
        links = {name: (f"127.0.0.1:{int(ports[name]) + 1}",
                        f"127.0.0.1:{ports[name]}")
                 for name in ("redis", "amqp")}
        links["db"] = (str(self.parts.run / "sockets" / "proxy.sock"),
                       self.parts.env["PARLEY_DB_SOCKET"])
        # OpenSearch has the port after its own for itself.
        links["search"] = (f"127.0.0.1:{int(ports['epmd']) + 1}",
                           f"127.0.0.1:{ports['search']}")
        return links

    def up(self):
        if self.process is not None:
            return
        links = self.links()
        self.process = subprocess.Popen(
            [sys.executable, PROGRAM, self.parts.run,
             *(f"{name}={listen}={target}"
               for name, (listen, target) in links.items())],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()
        port = {name: link[0].rsplit(":", 1)[-1]
                for name, link in links.items()}
        self.override.write_text(
            f"amqp_url = amqp://guest:guest@127.0.0.1:{port['amqp']}/%2f\n"
            f"db_socket = {links['db'][0]}\n"
            f"redis_port = {port['redis']}\n"
            "redis_socket = \n"
            f"search_url = http://127.0.0.1:{port['search']}\n")
        self.parts.up()

    def down(self):
        """Parley talks to its services directly again."""
        if self.override.exists():
            self.override.unlink()
            self.parts.up()
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait(10)
            self.process = None

    def tell(self, **command):
        with self.lock:
            print(json.dumps(command), file=self.process.stdin, flush=True)
            return json.loads(self.process.stdout.readline())

    def rule(self, link, act, who="any", way="up", match=b"", most=0,
             put=b""):
        return self.tell(do="rule", link=link, act=act, who=who, way=way,
                         match=match.hex(), most=most, put=put.hex())["id"]

    def hits(self, rule):
        return self.tell(do="hits", id=rule)["hits"]

    def release(self, rule, drop=False):
        return self.tell(do="release", id=rule, drop=drop)["hits"]
