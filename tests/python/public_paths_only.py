"""Makes an accessd look like a platform that is none: passes everything on, but answers 404 below its own paths.

Usage: public_paths_only.py PORT-OF-ACCESSD. Prints its own port, then runs until it is killed. Bytes go through as they
are, one request a connection.
"""

import contextlib
import socket
import socketserver
import sys
import threading

OWN_PATHS = b"/access/api/accessd/"
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
PIECE = 256 * 1024


def pass_on(source, target):
    """Copies until the source ends, or somebody goes away."""
    with contextlib.suppress(OSError):
        while piece := source.recv(PIECE):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)


class Connection(socketserver.BaseRequestHandler):
    def handle(self):
        head = b""
        while b"\r\n\r\n" not in head:
            piece = self.request.recv(PIECE)
            if not piece:
                return
            head += piece
        line, rest = head.split(b"\r\n", 1)
        if line.split(b" ")[1].startswith(OWN_PATHS):
            self.request.sendall(NOT_FOUND)
            return
        with socket.create_connection(("127.0.0.1", self.server.behind)) as accessd:
            # So that whatever a client sends next comes on a connection of its own, and is looked at.
            accessd.sendall(line + b"\r\nConnection: close\r\n" + rest)
            threading.Thread(target=pass_on, args=(self.request, accessd), daemon=True).start()
            pass_on(accessd, self.request)


class Proxy(socketserver.ThreadingTCPServer):
    daemon_threads = True
    behind = int(sys.argv[1])


with Proxy(("127.0.0.1", 0), Connection) as proxy:
    print(proxy.server_address[1], flush=True)
    proxy.serve_forever()
