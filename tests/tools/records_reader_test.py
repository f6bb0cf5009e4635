"""What tools/records.py says of damage that no chain covers: compressed bodies, and what was laid beside segments."""
import base64
import os
import struct
import sys
import tempfile
import types
import unittest

TOOLS = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../tools')
sys.path[:0] = [TOOLS, os.path.join(TOOLS, 'lib')]
import records  # noqa: E402

FRAME = base64.b64decode('KLUv/QBYVQAAEGFhAQCbhjnAAg==')   # 100,000 times 'a'
PROCESS, WORKER, KEYS = bytes(range(16)), 3, 7


class Reader(records.Reader):
    """One without a folder, that notes what it is told and which keys it is asked to unwrap."""

    def __init__(self):
        self.problems, self.unwrapped = [], []

    def problem(self, where, what):
        self.problems.append((where, what))

    def unwrap(self, epoch, record, rows, gcm):
        self.unwrapped.append(rows)


def piece(body):
    rows = [(records.BODY, body), (records.COMPRESSION, b'zstd'), (records.CONTENT_BYTES, struct.pack('<Q', 100000))]
    record = records.Record(bytes(120), 0, 'a.ghr')
    record.rows = rows
    return record


def rewrapped(keys=KEYS, worker=WORKER):
    row = struct.pack('<HHIQ', records.KEY_EPOCH, 0, 8, keys)
    head = struct.pack('<8sII16sIIII12x', b'GHKWRP01', 2, 64, PROCESS, worker, 0, len(row), records.crc32c(row))
    return head + struct.pack('<I', records.crc32c(head)) + row


class Damage(unittest.TestCase):
    def test_a_frame_that_is_damaged_is_a_finding(self):
        reader = Reader()
        self.assertEqual(records.uncompressed(reader, piece(FRAME)), b'a' * 100000)
        self.assertEqual(reader.problems, [])
        for body in (FRAME[:-1], b'no frame', bytes([*FRAME[:8], FRAME[8] ^ 3, *FRAME[9:]])):
            self.assertEqual(records.uncompressed(reader, piece(body)), b'')
            where, what = reader.problems.pop()
            self.assertEqual(where, 'a.ghr')
            self.assertRegex(what, '^record 0: zstd: ')

    def beside(self, data):
        reader, epoch = Reader(), types.SimpleNamespace(process=PROCESS, worker=WORKER)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'a.ghr.rewrapped')
            with open(path, 'wb') as file:
                file.write(data)
            reader.unwrap_beside(path, epoch, None, {'epoch': KEYS}, reader.problem)
        return reader

    def test_what_lies_beside_a_segment_is_damaged_or_opens(self):
        whole = rewrapped()
        self.assertEqual(len(self.beside(whole).unwrapped), 1)
        for at in range(len(whole)):
            reader = self.beside(bytes([*whole[:at], whole[at] ^ 1, *whole[at + 1:]]))
            self.assertEqual((reader.problems, reader.unwrapped), ([('a.ghr.rewrapped', 'is damaged')], []), at)
            self.assertEqual(self.beside(whole[:at]).problems, [('a.ghr.rewrapped', 'is damaged')], at)
        for other in (rewrapped(keys=8), rewrapped(worker=4)):
            self.assertEqual(self.beside(other).problems, [('a.ghr.rewrapped', 'is of another segment')])


if __name__ == '__main__':
    unittest.main()
