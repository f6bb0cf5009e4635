"""kill -9 during an answer of 100 MiB: the client holds no byte that the records lack. As it comes, sealed, and masked on its way."""
import json
import os
import random
import sys
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../support'))
from gateway import CONFIG, Gateway, Wire, field, sanitized  # noqa: E402

BUILD = sys.argv.pop(1)
KILLS = 10 if os.environ.get('GATEHOUSE_LONG') else 1   # of each kind
IN_SOCKETS = 32 << 20   # more than can be on its way between gateway and client: the end of the answer is behind it
SIZE = (40 if sanitized(os.path.join(BUILD, 'gatehouse')) else 100) << 20
SEALED = CONFIG.replace('[records]', '[records]\nauditor_keys = ["ann.key.pub"]')


def chunks(size):
    """JSON with something to mask in each chunk."""
    parts = [json.dumps({'n': i, 'text': f'write to jane{i}@example.org about {i * 7919}, ' + 'and so on ' * 90}) for i in range(1000)]
    block = ',\n'.join(parts)
    return ('[' + ',\n'.join([block] * (size // len(block) + 1)) + ']').encode()


class LargeOrigin(threading.Thread):
    """Answers each connection's request with the body, as far as anybody takes it."""

    def __init__(self, gateway, body, kind):
        super().__init__(daemon=True)
        self.gateway, self.body, self.stopped = gateway, body, False
        self.head = f'HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n'.encode()
        self.start()

    def run(self):
        self.gateway.listener.settimeout(0.1)
        while not self.stopped:
            try:
                sock = self.gateway.listener.accept()[0]
            except OSError:   # nobody came yet
                continue
            with Wire(sock) as wire:
                try:
                    wire.message()
                    wire.sock.settimeout(600)   # for all of it
                    wire.sock.sendall(self.head)
                    wire.sock.sendall(self.body)
                    wire.until_end()
                except OSError:   # the gateway was killed
                    continue

    def stop(self):
        """After the gateway has gone, before the listener does: its number would be another one's soon."""
        self.stopped = True
        self.join()


class Answer(unittest.TestCase):

    def read(self, sock, seen, wanted=None):
        while wanted is None or len(seen) < wanted:
            try:
                data = sock.recv(1 << 20)
            except ConnectionResetError:
                return
            if not data:
                return
            seen += data

    def killed_in(self, config, path, body, kind, keys=(), keeps=b''):
        seed = int(os.environ.get('GATEHOUSE_SEED', random.randrange(1 << 30)))
        print(f'seed {seed}', flush=True)
        chance = random.Random(seed)
        gateway = Gateway(BUILD, config, ring_size='4MiB', segment_size='16MiB')
        gateway.world.tool('gatehouse', 'keys', 'make', 'auditor', '--name', 'ann', '--out', 'ann.key')
        origin = LargeOrigin(gateway, body, kind)
        try:
            for kill in range(KILLS):
                gateway.start()
                with gateway.client() as client:
                    client.send(gateway.request('POST', path, b'{"text":"x"}', ['Content-Type: application/json']))
                    head = client.take_through(b'\r\n\r\n')
                    self.assertIn(b' 200 ', head)
                    seen = bytearray(client.buffer)
                    wanted = chance.randrange(len(body) - IN_SOCKETS)   # the moment of death: when the client holds so much
                    self.read(client.sock, seen, wanted)
                    gateway.kill()
                    self.read(client.sock, seen)   # what was on its way to the client it has, too
                    got = self.body_of(bytes(seen), head)
                self.assertGreater(len(got), wanted * 9 // 10)
                if keeps:
                    self.assertNotIn(keeps, got)
                else:
                    self.assertTrue(body.startswith(got))
                exchange = field(head, 'Gatehouse-Exchange-Id')
                for moment, state in (('before', 'open'), ('after', 'cut off')):
                    if moment == 'after':
                        gateway.start()
                    self.assertEqual([each['state'] for each in gateway.listed() if each['exchange_id'] == exchange], [state], moment)
                    recorded = gateway.records('replay', exchange, '--part', 'client-answer', '--body-only', *keys, check=False).stdout
                    self.assertGreaterEqual(len(recorded), len(got), f'kill {kill}, {moment} the restart')
                    self.assertTrue(recorded.startswith(got), f'kill {kill}, {moment} the restart')
                self.assertFalse(gateway.world.stop())
            verified = gateway.records('verify', *keys, check=False)
            self.assertEqual(verified.returncode, 0, verified.out[-2000:])
        finally:
            gateway.world.stop()
            origin.stop()
            gateway.__exit__(None)

    def body_of(self, seen, head):
        """The bytes of the body, of chunks as far as they came."""
        if b'chunked' not in head:
            return seen
        body, at = [], 0
        while True:
            end = seen.find(b'\r\n', at)
            if end < 0:
                return b''.join(body)
            size = int(seen[at:end], 16)
            body.append(seen[end + 2:end + 2 + size])
            at = end + 2 + size + 2

    def test_as_it_comes(self):
        self.killed_in(CONFIG, '/plain/x', random.Random(1).randbytes(SIZE), 'application/octet-stream')

    def test_sealed(self):
        self.killed_in(SEALED, '/plain/x', random.Random(2).randbytes(SIZE), 'application/octet-stream', ('--key', 'ann.key'))

    def test_masked_on_its_way(self):
        self.killed_in(CONFIG, '/chunk', chunks(SIZE), 'application/json', keeps=b'@example.org')


if __name__ == '__main__':
    unittest.main()
