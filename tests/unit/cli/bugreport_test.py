"""`gatehouse bugreport`: nothing that an operator wrote or keeps in files comes out, in any form. Usage: bugreport_test.py PROGRAM ISSUER"""
import base64
import json
import os
import subprocess
import sys
import tempfile
import unittest

PROGRAM, ISSUER = (os.path.abspath(sys.argv.pop(1)) for _ in range(2))

CONFIG = '''# canary0comment
[gateway]
run_dir = "canary1run"
[records]
dir = "canary2records"
on_full = "fail_closed"
[[listener]]
name = "canary3listener"
address = "unix:/tmp/canary4socket"
[[listener.certificate]]
chain_file = "canary5tls/cert.pem"
key_file = "canary5tls/key.pem"
[[issuer]]
name = "canary6issuer"
url = "https://canary7host.example/canary8realm"
audiences = ["canary9audience"]
groups_claim = "canary10claim"
jwks_file = "canary11keys/jwks.json"
[[origin]]
name = "canary12origin"
address = "10.211.212.213:4321"
host = "canary13.example"
credential_header = "X-Canary14-Key"
credential_prefix = "canary15prefix "
credential_file = "canary16secret"
tls = true
server_name = "canary17.example"
[[guard]]
name = "canary18guard"
patterns = ["canary19pattern"]
[[mask]]
name = "canary20mask"
fields = ["canary21field"]
[[rule]]
name = "canary22rule"
effect = "allow"
methods = ["POST"]
groups = ["canary23group"]
paths = ["/canary24path/**"]
origin = "canary12origin"
guards = ["canary18guard"]
masks = ["canary20mask"]
'''
SECRET = 'canary25-the-origins-own-key'


class Bugreport(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='canary26folder-')
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.write('gateway.toml', CONFIG)
        self.write('canary16secret', SECRET)
        for words in (['certificate', '--dir', 'canary5tls', '--name', 'canary27.example'], ['keys', '--dir', 'canary11keys']):
            subprocess.run([ISSUER, *words], cwd=self.folder, check=True, stdout=subprocess.DEVNULL)

    def write(self, name, text):
        with open(os.path.join(self.folder, name), 'w', encoding='utf-8') as file:
            file.write(text)
        os.chmod(os.path.join(self.folder, name), 0o600)

    def report(self, *words, code=0):
        done = subprocess.run([PROGRAM, 'bugreport', *words], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def files(self):
        for at, _, names in os.walk(self.folder):
            for name in names:
                with open(os.path.join(at, name), 'rb') as file:
                    yield name, file.read()

    def hidden(self, done):
        """No run of eight bytes of any secret, and no name, plain or coded."""
        said = (done.stdout + done.stderr).lower()
        canaries = {b'canary', b'10.211.212.213', b'4321', SECRET.encode()}
        for canary in canaries:
            forms = {canary.decode(), canary.hex(), canary[::-1].decode()}
            for shift in range(3):   # wherever in a base64 text it would begin
                text = base64.b64encode(b'\0' * shift + canary).decode().rstrip('=')
                forms |= {text[2 if shift else 0:-1].replace('+', '-').replace('/', '_'), text[2 if shift else 0:-1]}
            for form in forms - {'1234'}:
                self.assertNotIn(form.lower(), said)
        for name, content in self.files():
            if name.endswith(('.pem', '.json')) or 'secret' in name:
                lines = [line for line in content.decode().splitlines() if not line.startswith('-----')]
                body = ''.join(lines).lower()
                for at in range(0, max(1, len(body) - 24), 12):
                    self.assertNotIn(body[at:at + 24], said, name)

    def test_no_canary_comes_out(self):
        done = self.report('--config', 'gateway.toml')
        self.hidden(done)
        told = json.loads(done.stdout)
        self.assertTrue(told['good'])
        self.assertIn('libraries', told['version'])
        self.assertEqual(told['configuration']['records']['on_full'], 'fail_closed')
        self.assertEqual(told['configuration']['limits']['held'], 64)

    def test_what_is_equal_stays_equal_in_one_report_and_only_there(self):
        one, two = (json.loads(self.report('--config', 'gateway.toml').stdout)['configuration'] for _ in range(2))
        rule, origin = one['rule'][0], one['origin'][0]
        self.assertEqual(rule['origin'], origin['name'])
        self.assertEqual(rule['guards'], [one['guard'][0]['name']])
        self.assertEqual((rule['effect'], rule['methods']), ('allow', ['POST']))
        self.assertNotEqual(origin['name'], two['origin'][0]['name'])
        self.assertRegex(one['listener'][0]['address'], '^unix-[0-9a-f]{12}$')

    def test_a_broken_configuration_is_reported_by_codes_and_lines(self):
        self.write('gateway.toml', CONFIG.replace('on_full = "fail_closed"', 'on_full = "canary28"\ncanary29key = "canary30"'))
        done = self.report('--config', 'gateway.toml')
        self.hidden(done)
        told = json.loads(done.stdout)
        self.assertFalse(told['good'])
        self.assertEqual([(each['code'], each['line']) for each in told['findings'] if each['severity'] == 'error'],
                         [('GH0105', 6), ('GH0101', 7)])
        self.write('gateway.toml', 'canary31 = [\n')
        done = self.report('--config', 'gateway.toml')
        self.hidden(done)
        self.assertIsNone(json.loads(done.stdout)['configuration'])

    def test_without_a_configuration(self):
        self.assertNotIn('configuration', json.loads(self.report().stdout))
        self.report('--config', 'nowhere.toml', code=66)


if __name__ == '__main__':
    unittest.main()
