"""What a guarded body costs in 64-byte chunks and TLS records, beside the same body whole: JSON, and in chunks every other form
and coding. Usage: guard_pieces.py BUILD [ROUNDS]

All bytes of a request are sent at once, so that the gateway reads them in the same large reads however they are cut. Told is the CPU
time of all threads of the gateway for one request, the median of the rounds."""
import os
import random
import socket
import ssl
import statistics
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from guard_delay import BUILD, ROUNDS, Clock  # noqa: E402
from gateway import PATIENCE  # noqa: E402
from guarded import CODINGS, FILE, STRICT, Guarded, head_of, parts  # noqa: E402

PIECE = 64
TLS = '[[listener.certificate]]\nchain_file = "tls/cert.pem"\nkey_file = "tls/key.pem"'
NAME = 'any.gate.example.org'


def body_of(size):
    line = b'"Some text of a document that nobody would refuse, and then some more of it.",'
    return b'{"text":[' + line * (size // len(line)) + b'"DROP TABLE docs"]}'   # refused, so that no origin has to read it


def bodies_of_kinds(size):
    """{kind: (fields, body)} of about this size, each refused by its last words."""
    pick = random.Random(7)
    words = [''.join(pick.choices('abcdefghijklmnopqrstuvwxyz', k=pick.randint(3, 9))) for _ in range(5000)]
    lines = []
    while sum(map(len, lines)) < size:
        lines.append(' '.join(pick.choices(words, k=10)).encode())
    end = b'DROP TABLE docs'
    kinds = {
        'NDJSON': ('application/x-ndjson', b''.join(b'{"text":"%s"}\n' % each for each in [*lines, end])),
        'event stream': ('text/event-stream', b''.join(b'data: %s\n\n' % each for each in [*lines, end])),
        'CSV': ('text/csv', b'id,text\n' + b''.join(b'7,%s\n' % each for each in [*lines, end])),
        'text': ('text/plain', b'\n'.join([*lines, end])),
        'form': ('application/x-www-form-urlencoded', b'&'.join(b'a=' + each.replace(b' ', b'+') for each in [*lines, end])),
        'form-data': parts('form-data', *(([FILE], b'\n'.join(each)) for each in (lines, [end]))),
    }
    said = {kind: ([f'Content-Type: {name}'], body) for kind, (name, body) in kinds.items()}
    document = b'{"text":[' + b','.join(b'"%s"' % each for each in [*lines, end]) + b']}'
    for coding, pack in CODINGS.items():
        said[f'JSON, {coding}'] = (['Content-Type: application/json', f'Content-Encoding: {coding}'], pack(document))
    return said


class Plain:
    """A connection without TLS; `write` is everything of one request at once."""

    def __init__(self, gateway):
        self.wire = gateway.client()

    def write(self, head, pieces):
        self.wire.send(head + b''.join(pieces))

    def answer(self):
        return self.wire.message()[0]


class Sealed:
    """A connection with TLS, its records made in memory: one for each piece, sent together."""

    def __init__(self, gateway):
        self.sock = socket.create_connection(('127.0.0.1', gateway.port), PATIENCE)
        self.read, self.written = ssl.MemoryBIO(), ssl.MemoryBIO()
        trust = ssl.create_default_context(cafile=gateway.world.path('tls/cert.pem'))
        self.tls = trust.wrap_bio(self.read, self.written, server_hostname=NAME)
        while True:
            try:
                self.tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self.sock.sendall(self.written.read())
                self.read.write(self.sock.recv(1 << 16))

    def write(self, head, pieces):
        for piece in (head, *pieces):
            self.tls.write(piece)
        self.sock.sendall(self.written.read())

    def answer(self):
        text = b''
        while b'\r\n\r\n' not in text or not text.rstrip().endswith(b'}'):
            try:
                text += self.tls.read(1 << 16)
            except ssl.SSLWantReadError:
                self.read.write(self.sock.recv(1 << 16))
        return text


def cut(body, size):
    return [body[at:at + size] for at in range(0, len(body), size)]


def chunks(pieces):
    return [b'%x\r\n%s\r\n' % (len(each), each) for each in pieces] + [b'0\r\n\r\n']


def cost(gateway, kind, body, pieces, chunked, fields=('Content-Type: application/json',)):
    head = head_of('POST', '/strict/x', gateway.jobs, 'any', fields, length=None if chunked else len(body))
    clocks = [Clock(int(each)) for each in os.listdir(f'/proc/{gateway.process.pid}/task')]
    seen = []
    for _ in range(ROUNDS + 2):
        connection = kind(gateway)
        before = sum(clock.now() for clock in clocks)
        connection.write(head, pieces)
        assert b' 403 ' in connection.answer().split(b'\r\n')[0]
        seen.append(sum(clock.now() for clock in clocks) - before)
    return statistics.median(seen[2:])


def main():
    for what, kind, listener in (('plain', Plain, ''), ('TLS', Sealed, TLS)):
        gateway = Guarded(BUILD, STRICT, listener=listener, ring_size='128MiB')
        gateway.world.tool('issuer', 'certificate', '--dir', 'tls', '--name', NAME)
        with gateway:
            for size in (64 << 10, 4 << 20):
                body = body_of(size)
                whole = cost(gateway, kind, body, [body], False)
                forms = {'chunks': chunks(cut(body, PIECE))}
                if kind is Sealed:
                    forms = {'records': cut(body, PIECE), 'chunks in records': chunks(cut(body, PIECE))}
                for form, pieces in forms.items():
                    took = cost(gateway, kind, body, pieces, 'chunks' in form)
                    print(f'{what}, {size >> 10} KiB, {PIECE}-byte {form}: {took / 1e6:.2f} ms, whole {whole / 1e6:.2f}, {took / whole:.2f}x', flush=True)
                for name, (fields, body) in bodies_of_kinds(size).items() if kind is Plain else ():
                    whole = cost(gateway, kind, body, [body], False, fields)
                    took = cost(gateway, kind, body, chunks(cut(body, PIECE)), True, fields)
                    print(f'{name}, {len(body) >> 10} KiB, {PIECE}-byte chunks: {took / 1e6:.2f} ms, whole {whole / 1e6:.2f}, {took / whole:.2f}x', flush=True)


if __name__ == '__main__':
    main()
