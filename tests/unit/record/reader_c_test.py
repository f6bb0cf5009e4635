"""The C reader and the Python one, on records of format 1 and on tenants' of format 2: what they say is what the gateway of then
said; and on damaged files, of which both must say the same: GATEHOUSE_DAMAGES of them (50).
Usage: reader_c_test.py READ_RECORDS SOURCE [LIBRARY], the C reader's, for the damages; without it they are left out"""
import ctypes
import importlib.util
import json
import os
import random
import subprocess
import sys
import tarfile
import tempfile
import unittest

PROGRAM, SOURCE = os.path.abspath(sys.argv.pop(1)), sys.argv.pop(1)
LIBRARY = sys.argv.pop(1) if len(sys.argv) > 1 and not sys.argv[1].startswith('-') else ''


class Golden(unittest.TestCase):
    """A folder of tests/data, unpacked; `expected` is what stands beside it."""
    data = ''

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        data = os.path.join(SOURCE, 'tests/data', cls.data)
        with tarfile.open(os.path.join(data, 'records.tar.xz')) as archive:
            for member in archive.getmembers():
                if member.isfile():
                    path = os.path.join(cls.folder.name, member.name)
                    os.makedirs(os.path.dirname(path), exist_ok=True)
                    with open(path, 'wb') as file:
                        os.chmod(path, 0o600)   # keys among them
                        file.write(archive.extractfile(member).read())
        with open(os.path.join(data, 'expected.json'), encoding='utf-8') as file:
            cls.expected = json.load(file)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def place(self, name):
        return os.path.join(self.folder.name, name)

    def run_c(self, *words):
        return subprocess.run([PROGRAM, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)

    def python(self, *words):
        return subprocess.run([sys.executable, os.path.join(SOURCE, 'tools/records.py'), *words, '--rings', self.place('rings')],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)


class Format1(Golden):
    data = 'records-v1'

    def test_c_reads_what_was_written(self):
        done = self.run_c(self.place('records'), self.place('rings'))
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = done.stdout.splitlines()
        self.assertEqual(lines[-1], '85 records, 0 shut, 0 damages')
        for each in self.expected['listed']:
            request = [line for line in lines if line.startswith(each['exchange_id'] + ' request')]
            self.assertEqual(len(request), 1, each)
            self.assertIn(f" subject={each['subject']} ", request[0])
            self.assertIn(f" path={each['path']}", request[0])
            closed = any(line.startswith(each['exchange_id'] + ' close') for line in lines)
            self.assertEqual(closed, each['state'] == 'closed')

    def test_c_says_why_it_cannot(self):
        done = self.run_c(self.place('nowhere'), self.place('rings'))
        self.assertEqual(done.returncode, 66)
        self.assertIn('nowhere', done.stderr)
        done = self.run_c(self.place('records'), self.place('rings'), self.place('no.key'))
        self.assertEqual(done.returncode, 66)
        self.assertIn('no.key', done.stderr)

    def test_python_reads_the_same(self):
        done = self.python('list', self.place('records'))
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([(row['exchange_id'], row['state'], row['path']) for row in rows],
                         [(each['exchange_id'], each['state'], each['path']) for each in self.expected['listed']])
        done = self.python('verify', self.place('records'))
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        self.assertIn('85 records in 2 epochs', done.stdout)

    def test_both_find_a_changed_byte(self):
        name = sorted(os.listdir(self.place('records')))[2]
        with open(os.path.join(self.place('records'), name), 'r+b') as file:
            file.seek(200_000)
            byte = file.read(1)
            file.seek(200_000)
            file.write(bytes([byte[0] ^ 4]))
            try:
                file.flush()
                self.assertEqual(self.run_c(self.place('records'), self.place('rings')).returncode, 74)
                done = self.python('verify', self.place('records'))
                self.assertEqual(done.returncode, 1)
                self.assertIn(name, done.stderr)
            finally:
                file.seek(200_000)
                file.write(byte)


class Tenants(Golden):
    data = 'records-v2'

    def keys(self, *names):
        return [os.path.join(self.place('keys'), name + '.key') for name in names]

    def test_c_opens_with_both_keys_alone(self):
        total = self.expected['records']
        for names, shut in ((('ann', 'acme', 'globex'), 0), (('host', 'acme', 'globex'), 12), (('ann', 'globex'), 12), (('ann',), 18),
                            (('acme', 'globex'), 30)):
            done = self.run_c(self.place('records'), self.place('rings'), *self.keys(*names))
            self.assertEqual(done.returncode, 0, done.stderr)
            lines = done.stdout.splitlines()
            self.assertEqual(lines[-1], f'{total} records, {shut} shut, 0 damages', names)
            for tenant, ids in self.expected['exchanges'].items():
                for exchange in ids:
                    asked = next(line for line in lines if line.startswith(exchange + ' request'))
                    opened = bool({'ann', 'host'} & set(names)) and (tenant == 'nobody' or tenant in names)
                    self.assertEqual(' path=/' in asked, opened, (names, tenant))

    def test_python_opens_with_both_keys_alone(self):
        for names in (('ann', 'acme'), ('ann', 'globex'), ('ann',)):
            words = [word for key in self.keys(*names) for word in ('--key', key)]
            for tenant, ids in self.expected['exchanges'].items():
                body = self.python('body', self.place('records'), ids[0], 'request', *words)
                self.assertEqual((body.returncode, body.stderr), (0, ''))
                own = tenant == 'nobody' or tenant in names
                self.assertEqual(body.stdout, f'{{"text":"asked first by {"rest" if tenant == "nobody" else tenant}"}}' if own else '')
            done = self.python('verify', self.place('records'), *words)
            for tenant in ('acme', 'globex'):
                self.assertEqual(f'no key of tenant {tenant}' in done.stdout, tenant not in names, done.stdout)


class Bytes(ctypes.Structure):
    _fields_ = [('data', ctypes.c_void_p), ('size', ctypes.c_size_t)]

    def text(self):
        return ctypes.string_at(self.data, self.size) if self.size else b''


class Read(ctypes.Structure):
    _fields_ = [('kind', ctypes.c_uint16), ('exchange', ctypes.c_uint8 * 16), ('process', ctypes.c_uint8 * 16), ('worker', ctypes.c_uint32),
                ('sequence', ctypes.c_uint64), ('wall_ns', ctypes.c_uint64), ('operations', ctypes.c_int), ('auditor', ctypes.c_int),
                ('sections', Bytes), ('file', Bytes), ('place', ctypes.c_uint64)]


class Found(ctypes.Structure):
    _fields_ = [('file', Bytes), ('place', ctypes.c_uint64), ('sequence', ctypes.c_uint64), ('exchange', ctypes.c_uint8 * 16), ('what', Bytes)]


# What each of the two calls a kind of damage.
KINDS = {'contents': ['checksum'], 'chain': ['chain'], 'order': ['expected', 'are missing before', 'goes back'], 'end': ['follows the end'],
         'header': ['header is damaged', 'is no segment', 'is no ring'], 'cut': ['file is', 'the file has'], 'marks': ['contradict'],
         'unreadable': ['no whole record', 'no record can be read'], 'missing': ['missing'], 'behind': ['not zero'], 'sections': ['is cut']}


def kind_of(what):
    return next((kind for kind, words in KINDS.items() if any(word in what for word in words)), what)


@unittest.skipUnless(LIBRARY, 'no library that Python can load')
class Damages(Golden):
    """One process of both readers over a folder with a live ring and one without, a damage at a time."""
    data = 'records-v2'

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        spec = importlib.util.spec_from_file_location('records', os.path.join(SOURCE, 'tools/records.py'))
        cls.module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(cls.module)
        cls.library = ctypes.CDLL(LIBRARY)
        cls.library.gatehouse_reader_open.restype = ctypes.c_void_p
        cls.library.gatehouse_reader_record.restype = ctypes.POINTER(Read)
        cls.library.gatehouse_reader_damage.restype = ctypes.POINTER(Found)
        for name in ('next', 'record', 'damage', 'close'):
            getattr(cls.library, 'gatehouse_reader_' + name).argtypes = [ctypes.c_void_p]

    def by_c(self):
        """Records, as (epoch, sequence, kind, sections), and the kinds of what is wrong, in order."""
        records, wrong = [], []
        reader = self.library.gatehouse_reader_open(self.place('records').encode(), self.place('rings').encode(), None, 0, None, 0)
        self.assertTrue(reader)
        while (step := self.library.gatehouse_reader_next(reader)) != 2:
            self.assertIn(step, (0, 1))
            if step == 1:
                wrong.append(kind_of(self.library.gatehouse_reader_damage(reader).contents.what.text().decode()))
                continue
            record = self.library.gatehouse_reader_record(reader).contents
            records.append((bytes(record.process), record.worker, record.sequence, record.kind, record.sections.text()))
        self.library.gatehouse_reader_close(reader)
        return sorted(records, key=lambda each: each[:2]), wrong   # of an epoch as they came

    def by_python(self):
        """The same; and whether an epoch was not read to its end, as this reader does not look behind what it cannot read."""
        wrong, records, stopped = [], [], set()

        def problem(_, what):
            wrong.append(kind_of(what))
            if 'at offset' in what:
                stopped.add(len(records))
        reader = self.module.Reader(self.place('records'), self.place('rings'), [], problem)
        for epoch in sorted(reader.epochs.values(), key=lambda each: (each.process, each.worker)):
            for record in reader.walk(epoch):
                rows = b''.join(tag.to_bytes(2, 'little') + bytes(2) + len(value).to_bytes(4, 'little') + value for tag, value in record.rows)
                records.append((epoch.process, epoch.worker, record.sequence, record.kind, rows))
        return records, wrong, stopped

    def damaged(self, draw, path, before):
        """A changed copy of a file's bytes; None: the file is removed."""
        used = len(before.rstrip(b'\0'))
        at = draw.randrange(4096, max(4097, used))
        to, size = draw.randrange(4096, max(4097, used)) & ~7, draw.choice((8, 64, 128, 400))
        after = bytearray(before)
        how = draw.choice(('bit', 'bit', 'bit', 'header', 'behind', 'cut', 'zeros', 'swap', 'again', 'marks', 'removed'))
        if how == 'marks' and path.endswith('.ring'):
            at = draw.choice((256, 448))
            after[at:at + 8] = (draw.randrange(0, 6000) & ~7).to_bytes(8, 'little')
        elif how == 'cut':
            del after[draw.choice((at, draw.randrange(len(before)))):]
        elif how == 'zeros':
            after[at:at + size] = bytes(min(size, len(before) - at))
        elif how == 'swap':
            at &= ~7
            after[at:at + size], after[to:to + size] = before[to:to + size], before[at:at + size]
        elif how == 'again':   # records behind the last one
            to = (used + 7) & ~7
            after[to:to + size * 4] = before[4096:4096 + size * 4]
        elif how == 'removed':
            return how, None
        else:
            at = draw.randrange(300) if how == 'header' else draw.randrange(used, len(before)) if how == 'behind' else at
            after[at] ^= 1 << draw.randrange(8)
        return f'{how} at {at}', bytes(after[:len(before)])

    def test_both_say_the_same(self):
        paths = [os.path.join(self.place(folder), name) for folder in ('records', 'rings') for name in sorted(os.listdir(self.place(folder)))
                 if name.endswith(('.ghr', '.ring'))]
        self.assertEqual(self.by_c(), self.by_python()[:2])
        draw = random.Random(7)
        found = 0
        for number in range(int(os.environ.get('GATEHOUSE_DAMAGES', '50'))):
            path = draw.choice(paths)
            with open(path, 'rb') as file:
                before = file.read()
            how, after = self.damaged(draw, path, before)
            os.remove(path)
            if after is not None:
                with open(path, 'wb') as file:
                    file.write(after)
            (kept, wrong), (kept_too, wrong_too, stopped) = self.by_c(), self.by_python()
            with open(path, 'wb') as file:
                file.write(before)
            what = f'damage {number}, {how} of {os.path.basename(path)}: {wrong} and {wrong_too}'
            found += bool(wrong)
            self.assertEqual(bool(wrong), bool(wrong_too), what)
            if wrong:
                self.assertIn(wrong[0], wrong_too, what)
                self.assertLessEqual(set(wrong_too), set(wrong), what)
            if not stopped:
                self.assertEqual(kept, kept_too, what)
            for epoch in {each[:2] for each in kept + kept_too}:
                own, own_too = [each for each in kept if each[:2] == epoch], [each for each in kept_too if each[:2] == epoch]
                self.assertEqual(own[:len(own_too)], own_too, what)
        self.assertGreater(found, number // 3)


if __name__ == '__main__':
    unittest.main()
