"""Bodies cut in two at every byte, over reads, TLS records and chunks: the same verdict, the same bytes at the origin.
Usage: guard_cuts_test.py BUILD"""
import os
import socket
import ssl
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../support'))
from gateway import PATIENCE, Wire  # noqa: E402
from guarded import CODINGS, STRICT, Guarded, Keeper, bodies_of_every_form, gzipped, head_of, verdict_of  # noqa: E402

BUILD = sys.argv.pop(1)
ALL_UP_TO = 200      # bytes; of larger bodies a sample of cuts
TLS = '[[listener.certificate]]\nchain_file = "tls/cert.pem"\nkey_file = "tls/key.pem"'
BAD, GOOD = b'DROP TABLE docs', b'SELECT a FROM docs'


def cases():
    """(what, type, coding, body, whether it is refused)."""
    for said, refused in ((GOOD, False), (BAD, True)):
        for what, (content_type, body) in bodies_of_every_form(said).items():
            codings = [('identity', bytes), ('gzip', gzipped)]
            if what in ('json', 'ndjson', 'form-data, JSON'):
                codings = [('identity', bytes), *CODINGS.items(), ('br, gzip', lambda b: gzipped(CODINGS['br'](b)))]
            for coding, pack in codings:
                yield what, content_type, None if coding == 'identity' else coding, pack(body), refused


def cuts(size):
    return range(1, size) if size <= ALL_UP_TO else sorted({*range(1, 9), *range(size - 8, size), *range(9, size - 8, size // 40)})


class Cuts(unittest.TestCase):
    def setUp(self):
        self.tls = 'tls' in self._testMethodName
        self.gateway = Guarded(BUILD, STRICT, listener=TLS if self.tls else '')
        if self.tls:
            self.gateway.world.tool('issuer', 'certificate', '--dir', 'tls', '--name', 'any.gate.example.org')
        self.gateway.start()
        self.origin = Keeper(self.gateway)
        self.addCleanup(self.gateway.__exit__, None)
        self.addCleanup(self.origin.stop)
        self.requests = 0

    def connect(self):
        sock = socket.create_connection(('127.0.0.1', self.gateway.port), PATIENCE)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.tls:
            trust = ssl.create_default_context(cafile=self.gateway.world.path('tls/cert.pem'))
            sock = trust.wrap_socket(sock, server_hostname='any.gate.example.org')
        return Wire(sock)

    def check(self, case, pieces_of, chunked):
        what, content_type, coding, body, refused = case
        fields = [f'Content-Type: {content_type}'] * (content_type is not None) + [f'Content-Encoding: {coding}'] * (coding is not None)
        head = head_of('POST', '/strict/x', self.gateway.jobs, 'any', fields, length=None if chunked else len(body))
        with self.connect() as client:
            for cut in cuts(len(body)):
                del self.origin.came[:]
                first, second = pieces_of(body, cut)
                client.send(head + first)
                client.send(second)
                got = verdict_of(*client.message())
                self.requests += 1
                came = [each for _, each in self.origin.came]
                wanted = ((403, 'guard_hit'), []) if refused else ((200, ''), [body])
                if (got, came) != (wanted[0], wanted[1]):
                    self.fail(f'{what}, {coding}, cut at {cut} of {len(body)}: {got} {came}')

    def check_all(self, pieces_of, chunked=False):
        for case in cases():
            with self.subTest(case[0], coding=case[2], refused=case[4]):
                self.check(case, pieces_of, chunked)
        self.assertGreater(self.requests, 5000)

    def test_reads(self):
        self.check_all(lambda body, cut: (body[:cut], body[cut:]))

    def test_tls_records(self):
        self.check_all(lambda body, cut: (body[:cut], body[cut:]))

    def test_chunks(self):
        self.check_all(lambda body, cut: (b'%x\r\n%s\r\n' % (cut, body[:cut]), b'%X\r\n%s\r\n0\r\n\r\n' % (len(body) - cut, body[cut:])), chunked=True)

    def test_chunks_in_tls_records_within_their_sizes(self):
        self.check_all(lambda body, cut: (b'%x;a=b\r' % cut, b'\n%s\r\n%x\r\n%s\r\n0\r\n\r\n' % (body[:cut], len(body) - cut, body[cut:])), chunked=True)


if __name__ == '__main__':
    unittest.main()
