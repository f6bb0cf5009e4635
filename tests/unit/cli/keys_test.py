"""gatehouse keys, and what check says of sealing. Usage: keys_test.py PROGRAM SOURCE_ROOT"""
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest

PROGRAM, ROOT = os.path.abspath(sys.argv.pop(1)), sys.argv.pop(1)


class Keys(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix='gatehouse-keys-')
        self.addCleanup(shutil.rmtree, self.folder)

    def run_it(self, code, *words):
        done = subprocess.run([PROGRAM, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60,
                              cwd=self.folder, env={'PATH': '/usr/bin:/bin'})
        self.assertEqual(done.returncode, code, f'{words}: {done.stdout}{done.stderr}')
        return done.stdout if code == 0 else done.stderr

    def read(self, name):
        with open(os.path.join(self.folder, name), encoding='utf-8') as file:
            return file.read()

    def mode(self, name):
        return stat.S_IMODE(os.stat(os.path.join(self.folder, name)).st_mode)

    def configure(self, lines):
        with open(f'{ROOT}/configs/minimal.toml', encoding='utf-8') as file:
            text = file.read()
        self.configure_keys_file()
        with open(os.path.join(self.folder, 'gateway.toml'), 'w', encoding='utf-8') as file:
            file.write('[records]\n' + lines + '\n' + text)

    def configure_keys_file(self):
        with open(os.path.join(self.folder, 'keys.json'), 'w', encoding='utf-8') as file:
            file.write('{"keys":[{"kty":"EC","crv":"P-256","kid":"1","alg":"ES256","use":"sig",'
                       '"x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}')

    def test_a_pair_is_made_once_and_shown(self):
        said = self.run_it(0, 'keys', 'make', 'auditor', '--name', 'ann', '--out', 'a.key')
        secret, public = self.read('a.key'), self.read('a.key.pub')
        self.assertRegex(secret, r'^gatehouse-auditor-secret-1 [A-Za-z0-9_-]{43} ann\n$')
        self.assertRegex(public, r'^gatehouse-auditor-1 [A-Za-z0-9_-]{43} ann\n$')
        self.assertEqual((self.mode('a.key'), self.mode('a.key.pub')), (0o600, 0o644))
        self.assertNotIn(secret.split()[1], said)
        self.assertIn('records.auditor_keys', said)
        self.assertIn('cannot create', self.run_it(74, 'keys', 'make', 'auditor', '--out', 'a.key'))
        self.assertEqual(self.read('a.key'), secret)
        self.assertEqual(self.run_it(0, 'keys', 'show-public', 'a.key'), public)
        self.run_it(66, 'keys', 'show-public', 'a.key.pub')
        os.chmod(os.path.join(self.folder, 'a.key'), 0o644)
        self.assertIn('chmod 600', self.run_it(66, 'keys', 'show-public', 'a.key'))
        for use in ('operations', 'heads'):
            self.run_it(0, 'keys', 'make', use, '--out', use)
            self.assertTrue(self.read(use).startswith(f'gatehouse-{use}-secret-1 '))
        self.assertIn('did you mean', self.run_it(64, 'keys', 'make', 'auditr', '--out', 'x'))
        self.assertIn('--name', self.run_it(64, 'keys', 'make', 'heads', '--out', 'a b'))

    def test_keys_of_hashes_and_listeners_are_made_once_and_taken(self):
        for use, form in (('hash', r'^[A-Za-z0-9_-]{43}\n$'), ('tls', r'(?s)^-----BEGIN PRIVATE KEY-----\n.*-----END PRIVATE KEY-----\n$')):
            said = self.run_it(0, 'keys', 'make', use, '--out', use + '.key')
            secret = self.read(use + '.key')
            self.assertRegex(secret, form)
            self.assertEqual(self.mode(use + '.key'), 0o600)
            self.assertFalse(os.path.exists(os.path.join(self.folder, use + '.key.pub')))
            self.assertNotIn(secret.split('\n')[-2 if use == 'hash' else 1], said)
            self.assertIn('cannot create', self.run_it(74, 'keys', 'make', use, '--out', use + '.key'))
            self.assertEqual(self.read(use + '.key'), secret)
        self.configure('digest_key_file = "hash.key"')
        self.assertIn('hash.key', self.run_it(0, 'keys', 'list', '--config', 'gateway.toml'))
        if shutil.which('openssl') is None:
            return
        done = subprocess.run(['openssl', 'req', '-new', '-key', 'tls.key', '-subj', '/CN=gate'], cwd=self.folder,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        self.assertIn('BEGIN CERTIFICATE REQUEST', done.stdout, done.stderr)

    def test_a_tenants_key_has_no_public_half_and_is_listed(self):
        said = self.run_it(0, 'keys', 'make', 'tenant', '--name', 'acme', '--out', 't.key')
        secret = self.read('t.key')
        self.assertRegex(secret, r'^gatehouse-tenant-secret-1 [A-Za-z0-9_-]{43} acme\n$')
        self.assertEqual(self.mode('t.key'), 0o600)
        self.assertFalse(os.path.exists(os.path.join(self.folder, 't.key.pub')))
        self.assertNotIn(secret.split()[1], said)
        self.assertIn('no public half', self.run_it(64, 'keys', 'show-public', 't.key'))
        self.assertIn('cannot create', self.run_it(74, 'keys', 'make', 'tenant', '--name', 'acme', '--out', 't.key'))
        made = re.search(r'id ([0-9a-f]{16})', said).group(1)
        self.run_it(0, 'keys', 'make', 'auditor', '--name', 'ann', '--out', 'a.key')
        self.configure('auditor_keys = ["a.key.pub"]\n[[tenant]]\nname = "acme"\nkey_file = "t.key"')
        rows = [each for each in json.loads(self.run_it(0, 'keys', 'list', '--config', 'gateway.toml', '--json')) if 'tenant acme' in each['key']]
        self.assertEqual([(row['id'], os.path.basename(row['where'])) for row in rows], [(made, 't.key')])
        self.assertIn('erased', rows[0]['loss'])
        self.assertIn(f'acme ({made})', self.run_it(0, 'check', '--config', 'gateway.toml'))
        sealing = json.loads(self.run_it(0, 'check', '--config', 'gateway.toml', '--json'))['sealing']
        self.assertEqual(sealing['tenants'], [{'name': 'acme', 'id': made}])
        os.unlink(os.path.join(self.folder, 't.key'))
        self.assertIn('t.key', self.run_it(78, 'check', '--config', 'gateway.toml'))

    def test_the_key_of_digests_is_listed(self):
        with open(os.path.join(self.folder, 'd.key'), 'w', encoding='utf-8') as file:
            file.write('d' * 40)
        os.chmod(os.path.join(self.folder, 'd.key'), 0o600)
        for lines, where in (('', 'in memory alone'), ('digest_key_file = "d.key"', 'd.key')):
            self.configure(lines)
            text = self.run_it(0, 'keys', 'list', '--config', 'gateway.toml', '--json')
            self.assertNotIn('d' * 40, text)
            rows = [os.path.basename(row['where']) for row in json.loads(text) if row['key'] == 'key of digests in records']
            self.assertEqual(rows, [where])

    def test_the_sample_with_tenants_is_well(self):
        shutil.copy(f'{ROOT}/configs/tenants.toml', os.path.join(self.folder, 'gateway.toml'))
        self.configure_keys_file()
        os.mkdir(os.path.join(self.folder, 'keys'))
        for use, name in (('auditor', 'ann'), ('tenant', 'acme'), ('tenant', 'globex')):
            self.run_it(0, 'keys', 'make', use, '--name', name, '--out', f'keys/{name}.key')
        self.run_it(0, 'check', '--config', 'gateway.toml')

    def test_check_and_list_say_who_opens_records(self):
        self.configure('')
        self.assertIn('sealing  none', self.run_it(0, 'check', '--config', 'gateway.toml'))
        self.run_it(0, 'keys', 'make', 'auditor', '--name', 'ann', '--out', 'a.key')
        made = self.run_it(0, 'keys', 'make', 'operations', '--name', 'host', '--out', 'o.key')
        self.configure('auditor_keys = ["a.key.pub"]\noperations_key = "o.key.pub"')
        said = self.run_it(0, 'check', '--config', 'gateway.toml')
        self.assertNotIn('not sealed', said)
        self.assertRegex(said, r'opens with the key of ann \([0-9a-f]{16}\)')
        host = re.search(r'id ([0-9a-f]{16})', made).group(1)
        self.assertIn(f'host ({host}), too', said)
        sealing = json.loads(self.run_it(0, 'check', '--config', 'gateway.toml', '--json'))['sealing']
        self.assertEqual(sealing['sealed'], 'content')
        self.assertEqual([each['name'] for each in sealing['recipients']], ['ann', 'host'])
        keys = json.loads(self.run_it(0, 'keys', 'list', '--config', 'gateway.toml', '--json'))
        self.assertIn(host, [each['id'] for each in keys])
        for each in keys:
            for field in ('key', 'where', 'readers', 'rotate', 'loss'):
                self.assertTrue(each[field], each)
        text = self.run_it(0, 'keys', 'list', '--config', 'gateway.toml')
        for name in ('a.key', 'o.key'):
            self.assertNotIn(self.read(name).split()[1], text)
        self.configure('auditor_keys = ["a.key"]')
        self.assertIn('is a secret key', self.run_it(78, 'keys', 'list', '--config', 'gateway.toml'))


if __name__ == '__main__':
    unittest.main()
