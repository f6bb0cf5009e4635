"""Coded answers of every class of status are masked, and come back in a coding that the client takes; what offsets say stays.
Usage: mask_coded_test.py BUILD"""
import json
import os
import sys
import unittest
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../support'))
from gateway import field  # noqa: E402
from guarded import CODINGS, Guarded, Keeper, brotli_unpacked, head_of, verdict_of, zstd_unpacked  # noqa: E402

BUILD = sys.argv.pop(1)
POLICY = '''
[[origin]]
name = "origin"
address = "127.0.0.1:{origin_port}"
[[route]]
name = "all"
path = "/"
origin = "origin"
[[mask]]
name = "personal-data"
detectors = ["email", "us_ssn", "payment_card"]
[[rule]]
name = "masked"
effect = "allow"
groups = ["chunk-jobs"]
paths = ["/masked/**"]
masks = ["personal-data"]
'''
UNPACK = {None: bytes, 'gzip': lambda body: zlib.decompress(body, 31), 'deflate': zlib.decompress, 'br': brotli_unpacked,
          'zstd': zstd_unpacked}
ADDRESS, SHOWN = 'jane.roe@example.org', '[redacted:personal-data]'
STATUSES = ('200 OK', '422 Fields', '503 Busy')
# What a client asks for, and what of it the answer may be in.
ASKED = {'identity': (None,), 'gzip': ('gzip',), 'br;q=0.5, gzip;q=0': ('br',), 'zstd, deflate;q=0.2': ('zstd', 'deflate'),
         'deflate, identity;q=0': ('deflate',)}


class Coded(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = Guarded(BUILD, POLICY).start()
        cls.origin = Keeper(cls.gateway, lambda head, body: cls.said)

    @classmethod
    def tearDownClass(cls):
        cls.origin.stop()
        cls.gateway.__exit__(None)

    def setUp(self):
        self.client = self.gateway.client()

    def tearDown(self):
        self.client.sock.close()

    def ask(self, status, content, coding, asked):
        """(status, coding, content) of what the client gets when the origin answers with this content in this coding."""
        packed = CODINGS[coding](content) if coding else content
        fields = [f'Content-Encoding: {coding}'] if coding else []
        lines = [f'HTTP/1.1 {status}', 'Content-Type: application/json', *fields, f'Content-Length: {len(packed)}']
        Coded.said = '\r\n'.join(lines).encode() + b'\r\n\r\n' + packed
        self.client.send(head_of('GET', '/masked/a', self.gateway.jobs, 'any', [f'Accept-Encoding: {asked}'], length=0))
        head, body = self.client.message()
        used = field(head, 'Content-Encoding')
        return verdict_of(head, b'')[0], used, UNPACK[used](body)

    def test_coded_answers_of_every_class_are_masked_in_a_coding_that_the_client_takes(self):
        content = json.dumps({'detail': f'no chunks for {ADDRESS}'}).encode()
        masked = content.replace(ADDRESS.encode(), SHOWN.encode())
        for status in STATUSES:
            for coding in CODINGS:
                for asked, taken in ASKED.items():
                    with self.subTest(status=status, coding=coding, asked=asked):
                        code, used, got = self.ask(status, content, coding, asked)
                        self.assertEqual((code, got), (int(status[:3]), masked))
                        self.assertIn(used, taken)

    def test_offsets_stay_as_the_service_told_them(self):
        """They speak of the text before the masks; the value that a border cuts goes from both sides."""
        text = f'Write to {ADDRESS} or call. Her number is 219-09-9999, and the rest is as it was.'
        cut = text.index('@') + 3
        tell = [{'text': part, 'start_index': at, 'end_index': at + len(part), 'token_count': len(part.split())}
                for part, at in ((text[:cut], 0), (text[cut:], cut))]
        for status in ('200 OK', '422 Fields', '500 Oops'):
            for coding in (None, *CODINGS):
                with self.subTest(status=status, coding=coding):
                    code, _, got = self.ask(status, json.dumps(tell).encode(), coding, 'gzip')
                    rows = json.loads(got)
                    self.assertEqual(code, int(status[:3]))
                    for row, said in zip(rows, tell, strict=True):
                        self.assertEqual({**row, 'text': ''}, {**said, 'text': ''})
                    joined = ''.join(row['text'] for row in rows)
                    self.assertEqual(joined, text.replace(ADDRESS, SHOWN).replace('219-09-9999', SHOWN))


if __name__ == '__main__':
    unittest.main()
