"""The C reader and the Python one, on records of format 1 and on tenants' of format 2: what they say is what the gateway of then
said.
Usage: reader_c_test.py READ_RECORDS SOURCE"""
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import unittest

PROGRAM, SOURCE = os.path.abspath(sys.argv.pop(1)), sys.argv.pop(1)


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


if __name__ == '__main__':
    unittest.main()
