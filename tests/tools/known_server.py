"""A small HTTP/1.1 server whose delays and answers the test decides, and which notes what it really did."""
import socket
import struct
import threading
import time


SO_TIMESTAMPNS = 35   # the socket module does not name it


class KnownServer:
    """`behave(number, request)` returns bytes to send, or None to close. `delays` has the nanoseconds from the kernel's
    stamp of the request's arrival to the sent answer: what this process itself waited for a core is in it."""

    def __init__(self, behave, tls=None):
        self.behave, self.tls = behave, tls
        self.requests, self.delays, self.lock = [], [], threading.Lock()
        self.listener = socket.create_server(('127.0.0.1', 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        try:
            self.listener.shutdown(socket.SHUT_RDWR)   # a close alone would leave the thread listening
        except OSError:
            pass
        self.listener.close()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        try:
            if self.tls:
                client = self.tls.wrap_socket(client, server_side=True)
            with client:
                rest = b''
                while True:
                    request, rest, came = self.read(client, rest)
                    if request is None:
                        return
                    with self.lock:
                        number = len(self.requests)
                        self.requests.append(request)
                    answer = self.behave(number, request)
                    if answer is None:
                        return
                    client.sendall(answer)
                    with self.lock:
                        self.delays.append(time.time_ns() - came)
        except OSError:
            return

    def receive(self, client):
        """Some bytes, and when they came."""
        if self.tls:
            return client.recv(65536), time.time_ns()
        some, notes, _, _ = client.recvmsg(65536, 64)
        stamps = [struct.unpack('qq', data) for level, kind, data in notes
                  if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS)]
        return some, stamps[0][0] * 10**9 + stamps[0][1] if stamps else time.time_ns()

    def read(self, client, have):
        came = time.time_ns()
        while b'\r\n\r\n' not in have:
            some, came = self.receive(client)
            if not some:
                return None, b'', came
            have += some
        head, rest = have.split(b'\r\n\r\n', 1)
        length = 0
        for line in head.split(b'\r\n')[1:]:
            if line.lower().startswith(b'content-length:'):
                length = int(line.split(b':')[1])
        while len(rest) < length:
            some, came = self.receive(client)
            if not some:
                return None, b'', came
            rest += some
        return head + b'\r\n\r\n' + rest[:length], rest[length:], came


def answer(body=b'{}', status=b'200 OK', extra=b''):
    return b'HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n%s' % (status, extra, len(body), body)
