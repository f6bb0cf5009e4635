"""Sealed records of a real gateway: each key opens its tier, also after kill -9, a reload with another auditor, and rewrap."""
import gzip
import json
import os
import struct
import subprocess
import sys
import unittest
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../support'))
from gateway import CONFIG, Gateway, answer, field  # noqa: E402

BUILD = sys.argv.pop(1)
SEALED = CONFIG.replace('[records]', '[records]\nauditor_keys = ["ann.key.pub"]\noperations_key = "host.key.pub"')
ASKED = b'{"text":"what the job asked"}'
ORIGINAL = json.dumps([{'text': 'write to jane@example.org', 'n': 1}]).encode()


class Sealed(unittest.TestCase):
    def gateway(self, config=SEALED):
        gateway = Gateway(BUILD, config, ring_size='1MiB', segment_size='1MiB')
        for use, name in (('auditor', 'ann'), ('operations', 'host'), ('auditor', 'eve'), ('heads', 'heads'), ('heads', 'other')):
            gateway.world.tool('gatehouse', 'keys', 'make', use, '--name', name, '--out', name + '.key')
        return gateway

    def exchange(self, gateway):
        """One masked exchange: its id, and what the client got."""
        with gateway.client() as client:
            client.send(gateway.request('POST', '/chunk', ASKED, ['Content-Type: application/json']))
            with gateway.origin() as origin:
                self.assertEqual(origin.message()[1], ASKED)
                origin.send(answer(ORIGINAL))
                head, masked = client.message()
        return field(head, 'Gatehouse-Exchange-Id'), masked

    def part(self, gateway, exchange, part, *keys):
        with_keys = [word for key in keys for word in ('--key', key + '.key')]
        return gateway.records('replay', exchange, '--part', part, '--body-only', *with_keys, check=False).stdout

    def opens(self, gateway, exchange, masked, auditor='ann'):
        self.assertEqual(self.part(gateway, exchange, 'origin-request', auditor), ASKED)
        self.assertEqual(self.part(gateway, exchange, 'origin-answer', auditor), ORIGINAL)
        self.assertEqual(self.part(gateway, exchange, 'client-answer', auditor), masked)
        self.assertEqual(self.part(gateway, exchange, 'client-answer', 'host'), masked)
        for keys in ((), ('host',)):
            for part in ('origin-request', 'origin-answer'):
                out = self.part(gateway, exchange, part, *keys)
                self.assertNotIn(b'what the job asked', out)
                self.assertNotIn(b'jane@example.org', out)
        self.assertNotIn(masked, self.part(gateway, exchange, 'client-answer'))

    def held(self, gateway):
        """Every byte that lies in rings and segments."""
        names = [os.path.join(gateway.rings, name) for name in os.listdir(gateway.rings)]
        folder = os.path.join(gateway.state, 'records')
        names += [os.path.join(folder, name) for name in os.listdir(folder)]
        held = b''
        for name in filter(os.path.isfile, names):
            with open(name, 'rb') as file:
                held += file.read()
        return held

    def test_each_key_opens_its_tier_before_and_after_a_kill(self):
        with self.gateway() as gateway:
            exchange, masked = self.exchange(gateway)
            self.opens(gateway, exchange, masked)
            gateway.kill()
            self.opens(gateway, exchange, masked)
            for secret in (b'jane@example.org', b'what the job asked'):
                self.assertNotIn(secret, self.held(gateway))
            self.assertIn(b'destructive-sql', self.held(gateway), 'what is in clear does lie there')
            gateway.start()
            self.opens(gateway, exchange, masked)
            again, got = self.exchange(gateway)
            self.opens(gateway, again, got)
            self.assertEqual(gateway.records('verify', '--key', 'ann.key', '--key', 'host.key').returncode, 0)
            for keys in (['eve'], ['ann', 'eve']):   # also beside one that fits
                done = gateway.records('verify', *(word for key in keys for word in ('--key', key + '.key')), check=False)
                self.assertEqual((done.returncode, 'wrong key' in done.out), (74, True), done.out)

    def test_a_wrong_key_is_told_by_what_lists_and_shows(self):
        with self.gateway() as gateway:
            exchange, _ = self.exchange(gateway)
            gateway.world.stop()   # all of it is in segments
            for words in (['list'], ['search', 'job-7'], ['job', 'client_id=job-7'], ['export'], ['view', exchange, '--output', 'page.html']):
                for keys, wrong in ((['eve'], True), (['ann', 'eve'], True), (['ann', 'host'], False), ([], False)):
                    done = gateway.records(*words, *(word for key in keys for word in ('--key', key + '.key')), check=False)
                    self.assertEqual('wrong key: no segment here is sealed for auditor key eve' in done.err, wrong, (words, keys, done.err))
                    self.assertEqual(done.err.count('wrong key'), wrong, (words, keys, done.err))
            segment = next(name for name in os.listdir(os.path.join(gateway.state, 'records')) if name.endswith('.ghr'))
            for key, wrong in (('eve', True), ('ann', False)):   # of a segment's own folder
                done = gateway.world.gatehouse('records', 'view', f'records/{segment}', '--key', key + '.key', '--output', 'page.html', check=False)
                self.assertEqual('wrong key' in done.err, wrong, done.err)
            gateway.records('rewrap', '--key', 'ann.key', '--for', 'eve.key.pub')
            self.assertNotIn('wrong key', gateway.records('list', '--key', 'eve.key').err, 'was let in')
            for words, said in ((['--key', 'ann.key.pub'], 'key ann.key.pub is a public key: it opens nothing'),
                                (['--key', 'ann.key.pub', '--key', 'ann.key'], 'key ann.key.pub is a public key')):
                done = gateway.records('list', *words, check=False)
                self.assertEqual((done.returncode, said in done.err), (66, True), done.err)
            done = gateway.records('view', exchange, '--output', 'nowhere/page.html', check=False)
            self.assertEqual((done.returncode, done.err), (74, 'gatehouse: cannot write nowhere/page.html: No such file or directory\n'))

    def test_an_explanation_claims_no_more_than_it_proved(self):
        config = SEALED.replace('[records]', '[records]\nheads_key_file = "heads.key"\nstrict = true')
        with self.gateway(config) as gateway:
            exchange, _ = self.exchange(gateway)
            self.exchange(gateway)
            gateway.world.stop()

            def explain(*keys, of=exchange):
                done = gateway.records('verify', '--heads-key', 'heads.key.pub', '--explain', of,
                                       *(word for key in keys for word in ('--key', key + '.key')), check=False)
                return done.returncode, done.out + done.err
            for keys, code, said in (((), 0, 'no key was given'), (('ann',), 0, 'proved to be as it was sealed'), (('eve',), 74, 'wrong key')):
                found, out = explain(*keys)
                self.assertEqual((found, said in out), (code, True), out)
            self.assertIn('record 0, keys', explain(of='00000000-0000-0000-0000-000000000000')[1], 'records of no exchange')
            self.forge(gateway, exchange)
            for keys, said in (((), 'not those whose digest was signed'), (('ann',), 'changed since it was sealed')):
                found, out = explain(*keys)
                self.assertEqual((found, said in out), (74, True), out)

    def forge(self, gateway, exchange):
        """Changes the end of a sealed piece such that its CRC32C stays: by a multiple of what CRC32C divides by."""
        folder = os.path.join(gateway.state, 'records')
        wanted = uuid.UUID(exchange).bytes
        for name in (os.path.join(folder, each) for each in os.listdir(folder) if each.endswith('.ghr')):
            with open(name, 'r+b') as file:
                content = bytearray(file.read())
                at = 4096
                while content[at:at + 4] == b'GHR1':
                    kind, _, total, size = struct.unpack_from('<HHII', content, at + 4)
                    if kind == 2 and content[at + 16:at + 32] == wanted:
                        for i, byte in enumerate((1 | 0x82F63B78 << 1).to_bytes(5, 'little')):
                            content[at + 120 + size - 5 + i] ^= byte
                        file.seek(0)
                        file.write(content)
                        return
                    at += total
        self.fail('no piece of ' + exchange)

    def test_what_came_out_of_a_coding_is_the_auditors(self):
        coded = gzip.compress(ASKED, 0)
        tool = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../tools/records.py')
        with self.gateway() as gateway:
            with gateway.client() as client:
                client.send(gateway.request('POST', '/plain/x', coded, ['Content-Encoding: gzip']))
                with gateway.origin() as origin:
                    self.assertEqual(origin.message()[1], coded)
                    origin.send(answer(b'{}'))
                    exchange = field(client.message()[0], 'Gatehouse-Exchange-Id')

            def python(*words):
                return subprocess.run([sys.executable, tool, *words, '--rings', gateway.rings], cwd=gateway.state, check=False,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            for ended in (False, True):   # from the ring, then from segments
                for key, seen in (('ann', ASKED), ('host', b''), (None, b'')):
                    words = ['--key', key + '.key'] if key else []
                    self.assertEqual(self.part(gateway, exchange, 'origin-request', *([key] if key else [])), seen, key)
                    self.assertEqual(python('body', 'records', exchange, 'request', *words).stdout, seen, key)
                    verified = python('verify', 'records', *words)
                    self.assertEqual((verified.returncode, verified.stderr), (0, b''), verified.stdout)
                    shown = gateway.records('show', exchange, '--json', *words).stdout
                    self.assertEqual(b'"coded_bytes":%d' % len(coded) in shown.replace(b' ', b''), True, 'its length is no secret')
                    for form in ('jsonl', 'ocsf'):
                        out = gateway.records('export', '--format', form, *words).stdout
                        self.assertIn(exchange.encode(), out)
                        self.assertNotIn(b'what the job asked', out)
                self.assertNotIn(b'what the job asked', self.held(gateway))
                if not ended:
                    gateway.world.stop()

    def test_python_undoes_masks_and_proves_heads(self):
        tool = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../tools/records.py')
        config = SEALED.replace('[records]', '[records]\nheads_key_file = "heads.key"\nstrict = true')
        with self.gateway(config) as gateway:
            def python(*words):
                return subprocess.run([sys.executable, tool, *words, '--rings', gateway.rings], cwd=gateway.state, check=False,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            exchange, masked = self.exchange(gateway)
            gateway.world.stop()
            for key, part, seen in (('ann', 'origin', ORIGINAL), ('ann', 'answer', masked), ('host', 'answer', masked), ('host', 'origin', b'')):
                self.assertEqual(python('body', 'records', exchange, part, '--key', key + '.key').stdout, seen, (key, part))
            proved = python('heads', 'records', '--heads-key', 'heads.key.pub')
            self.assertEqual((proved.returncode, proved.stderr), (0, b''), proved.stdout)
            self.assertIn(b'; 0 records are above the last head', proved.stdout)
            done = python('heads', 'records', '--heads-key', 'other.key.pub')
            self.assertEqual((done.returncode, b'a key that was not given' in done.stderr), (1, True), done.stderr)
            names = {end: next(os.path.join(folder, name) for folder, _, files in os.walk(gateway.world.path('records'))
                               for name in files if name.endswith(end)) for end in ('.heads', '-w0000-00000000.ghr')}
            for end, offset, said in (('.heads', 40, b'its signature is not good'), ('.heads', 88, b'is another one or missing'),
                                      ('.heads', -1, b'its signature is not good'), ('-w0000-00000000.ghr', 4096 + 200, b'are not those that were signed')):
                with open(names[end], 'r+b') as file:   # one bit, there and back
                    file.seek(offset, os.SEEK_SET if offset >= 0 else os.SEEK_END)
                    at, byte = file.tell(), file.read(1)
                    file.seek(at)
                    file.write(bytes([byte[0] ^ 1]))
                done = python('heads', 'records')
                self.assertEqual((done.returncode, said in done.stderr), (1, True), (end, offset, done.stderr))
                with open(names[end], 'r+b') as file:
                    file.seek(at)
                    file.write(byte)
            self.assertEqual(python('heads', 'records').returncode, 0, 'all is as it was')

    def test_another_auditor_opens_what_follows_a_reload_and_what_is_rewrapped(self):
        with self.gateway() as gateway:
            first, got = self.exchange(gateway)
            path = os.path.join(gateway.state, 'gateway.toml')
            with open(path, encoding='utf-8') as file:
                text = file.read()
            with open(path, 'w', encoding='utf-8') as file:
                file.write(text.replace('"ann.key.pub"', '"ann.key.pub", "eve.key.pub"'))
            gateway.world.gatehouse('reload', '--config', 'gateway.toml')
            second, got_then = self.exchange(gateway)
            self.opens(gateway, second, got_then, 'eve')
            self.opens(gateway, second, got_then, 'ann')
            self.assertNotIn(ASKED, self.part(gateway, first, 'origin-request', 'eve'))
            gateway.world.stop()
            done = gateway.records('rewrap', '--key', 'host.key', '--for', 'eve.key.pub', check=False)
            self.assertEqual(done.returncode, 74, done.out + done.err)
            done = gateway.records('rewrap', '--key', 'ann.key', '--for', 'eve.key.pub')
            self.assertIn('0 that the given keys do not open, 0 failed', done.out)
            self.opens(gateway, first, got, 'eve')


if __name__ == '__main__':
    unittest.main()
