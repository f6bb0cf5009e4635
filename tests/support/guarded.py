"""configs/guards.toml on loopback: a gateway with that policy, an origin that keeps every byte, the ways to ask."""
import ctypes
import gzip
import json
import os
import re
import socket
import sys
import threading
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from gateway import Gateway, Wire, answer, field  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SAMPLE = os.path.join(ROOT, 'configs/guards.toml')
HEAD = '''
[gateway]
workers = 1
run_dir = "run"
health_address = "127.0.0.1:{health}"
[log]
level = "warning"
[records]
dir = "records"
ring_dir = "{rings}"
ring_size = "{ring_size}"
segment_size = "64MiB"
{limits}
[[listener]]
name = "jobs"
address = "127.0.0.1:{port}"
{listener}
[[issuer]]
name = "test"
url = "{issuer}"
audiences = ["{audience}"]
algorithms = ["ES256"]
jwks_file = "keys/jwks.json"
'''


def policy_of_sample():
    """All of the sample from its first origin on, with origins that are here and take no TLS."""
    with open(SAMPLE, encoding='utf-8') as file:
        text = file.read()
    text = text[text.index('[[origin]]'):].replace('{', '{{').replace('}', '}}')
    text = re.sub(r'(?m)^(tls|server_name|credential_header|credential_file) = .*\n', '', text)
    return re.sub(r'(?m)^address = "10\.20\.0\.(\d+):\d+"', r'address = "127.0.0.\1:{origin_port}"', text)


class Guarded(Gateway):
    """The gateway; `policy` is TOML from the first origin on, as the sample's is when none is given."""

    def __init__(self, build, policy=None, **settings):
        super().__init__(build, HEAD + (policy or policy_of_sample()), **settings)
        self.listener.close()
        self.listener = socket.socket()
        self.listener.bind(('0.0.0.0', 0))
        self.listener.listen(256)
        self.settings['origin_port'] = self.listener.getsockname()[1]
        self.jobs, self.owners = self.token('chunk-jobs'), self.token('schema-owners')


class Keeper(threading.Thread):
    """An origin on any number of connections: keeps (line, body) of what came, answers what `reply` says."""

    def __init__(self, gateway, reply=None):
        super().__init__(daemon=True)
        self.gateway, self.reply, self.stopped, self.came = gateway, reply, False, []
        self.start()

    def run(self):
        self.gateway.listener.settimeout(0.1)
        while not self.stopped:
            try:
                sock = self.gateway.listener.accept()[0]
            except (socket.timeout, OSError):
                continue
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock):
        with Wire(sock) as wire:
            try:
                while True:
                    head, body = wire.message()
                    if not head:
                        return
                    self.came.append((head.split(b'\r\n')[0].decode('latin-1'), body))
                    wire.send(self.reply(head, body) if self.reply else answer(b'{}'))
            except (OSError, ValueError):
                return

    def stop(self):
        self.stopped = True
        self.join()


def hostname(service):
    return f'Host: {service}.gate.example.org'


def head_of(method, path, token, service, fields=(), token_field='Authorization', length=None):
    proof = f'Bearer {token}' if token_field == 'Authorization' else token
    lines = [f'{method} {path} HTTP/1.1', hostname(service), f'{token_field}: {proof}', *fields]
    lines.append('Transfer-Encoding: chunked' if length is None else f'Content-Length: {length}')
    return ('\r\n'.join(lines) + '\r\n\r\n').encode()


def chunked(body, sizes=None):
    """The body in chunks of these sizes, the rest in one."""
    out, at = [], 0
    for size in [*(sizes or []), len(body)]:
        piece = body[at:at + size]
        at += len(piece)
        if piece:
            out.append(b'%x\r\n%s\r\n' % (len(piece), piece))
    return b''.join(out) + b'0\r\n\r\n'


def deflated(body):
    return zlib.compress(body, 9)


def raw_deflated(body):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(body) + packer.flush()


def gzipped(body):
    return gzip.compress(body, 9, mtime=0)


def verdict_of(head, body):
    """(status, reason): reason is '' for an answer of the origin."""
    status = int(head.split(b' ')[1])
    return status, json.loads(body)['reason'] if field(head, 'Gatehouse-Reason') or b'"reason"' in body else ''


def brotli_packed(body):
    library = ctypes.CDLL('libbrotlienc.so.1')
    size = ctypes.c_size_t(len(body) + 4096)
    out = ctypes.create_string_buffer(size.value)
    assert library.BrotliEncoderCompress(5, 22, 0, ctypes.c_size_t(len(body)), body, ctypes.byref(size), out) == 1
    return out.raw[:size.value]


def zstd_packed(body):
    library = ctypes.CDLL('libzstd.so.1')
    library.ZSTD_compress.restype = ctypes.c_size_t
    out = ctypes.create_string_buffer(len(body) + 4096)
    size = library.ZSTD_compress(out, ctypes.c_size_t(len(out)), body, ctypes.c_size_t(len(body)), 3)
    return out.raw[:size]


CODINGS = {'gzip': gzipped, 'deflate': deflated, 'br': brotli_packed, 'zstd': zstd_packed}

# One origin; four routes that differ in what they let pass, and a guard that looks everywhere.
STRICT = '''
[[origin]]
name = "origin"
address = "127.0.0.1:{origin_port}"
[[route]]
name = "strict"
path = "/strict"
origin = "origin"
[[route]]
name = "loose"
path = "/loose"
origin = "origin"
duplicates = "allow"
surrogates = "allow"
[[route]]
name = "opaque"
path = "/opaque"
origin = "origin"
opaque_parts = "allow"
[[route]]
name = "bulk"
path = "/bulk"
origin = "origin"
[[guard]]
name = "statements"
patterns = ['\\bdrop\\s+table\\b']
[guard.statements]
commands = ["/**/statement"]
[[guard]]
name = "bulk"
[guard.bulk]
[[rule]]
name = "inspected"
effect = "allow"
groups = ["chunk-jobs"]
paths = ["/strict/**", "/loose/**", "/opaque/**"]
origin = "origin"
guards = ["statements"]
[[rule]]
name = "bulk"
effect = "allow"
groups = ["chunk-jobs"]
paths = ["/bulk/**"]
origin = "origin"
guards = ["bulk"]
'''
