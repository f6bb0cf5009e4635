"""`gatehouse bugreport`: nothing that an operator wrote or keeps in files comes out, in any form. Usage: bugreport_test.py PROGRAM ISSUER"""
import base64
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
import unittest

PROGRAM, ISSUER = (os.path.abspath(sys.argv.pop(1)) for _ in range(2))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.path.insert(0, os.path.join(ROOT, 'tests/support'))
from named_files import NamedFiles, values  # noqa: E402

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
address = "10.211.212.213:64321"
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
PORT = b'64321'
SECRET = 'canary25-the-origins-own-key'

# Keys whose texts are sizes, times, or words of ours: a report shows them.
SHOWN = set('''
gateway.gather gateway.refusals gateway.ring_off log.level records.ring_size records.segment_size records.commit_interval
records.on_full records.head_interval records.sealed records.keep records.keep_size limits.head_bytes limits.target_bytes
limits.inspect_bytes limits.body_bytes limits.body_memory limits.queued_bytes limits.body_rate deadlines.handshake deadlines.head
deadlines.progress deadlines.idle deadlines.connect deadlines.answer deadlines.hold deadlines.drain listener.clients.identity
issuer.algorithms issuer.leeway issuer.preset issuer.jwks_refresh saml.leeway saml.bearer_life saml.exchange_life
token_exchange.lifetime token_exchange.rotation route.refusals route.duplicates route.surrogates route.opaque_parts route.malformed
route.limits.inspect_bytes route.limits.body_bytes route.limits.queued_bytes route.limits.body_rate route.deadlines.progress route.deadlines.connect
route.deadlines.answer route.deadlines.hold guard.sets guard.effect guard.look_in guard.messages guard.statements.read
guard.statements.write guard.statements.delete guard.statements.merge guard.statements.schema guard.statements.privilege
guard.statements.unknown guard.statements.incomplete guard.statements.allow guard.shape.types detector.checksum mask.method
rule.effect rule.sender rule.methods rule.cache rule.record rule.commit rule.compress'''.split())
# What presets and defaults say of keys that the text leaves out.
PRESETS = {'issuer.groups_claim', 'issuer.subject', 'issuer.record_claims', 'saml.groups_attribute', 'route.token_header',
           'origin.credential_prefix'}
VEILED = re.compile('^[a-z]+-[0-9a-f]{12}$')
# Words that must be what they are for the configuration to be good; no operator's names.
FIXED = {'https', 'spiffe', 'unix', 'email', 'payment', 'card', 'root', 'http'}
MATCHES = ('issuer.require', 'issuer.group.when', 'saml.require')   # their members are names of claims: an operator's, too


class Canaries:
    """Every word of a configuration's own becomes a canary, the same word the same one, so that what fits goes on fitting."""

    def __init__(self):
        self.words = {}

    def text(self, text):
        def word(found):
            if found[0] in FIXED or found[0].startswith('{'):   # a word that stands for what was verified
                return found[0]
            return self.words.setdefault(found[0], f'canary{len(self.words)}x')
        return re.sub(r'\{[a-z]+\}|(?<!\\\\)[A-Za-z]{4,}', word, text.replace('iss-name', 'sub'))

    def table(self, table, path=''):
        out = {}
        for name, value in table.items():
            key = f'{path}.{name}'.lstrip('.')
            name = self.text(name) if path in MATCHES else name
            if isinstance(value, dict):
                out[name] = self.table(value, key)
            elif isinstance(value, list):
                out[name] = [self.table(each, key) if isinstance(each, dict) else self.value(key, each) for each in value]
            else:
                out[name] = self.value(key, value)
        return out

    def value(self, key, value):
        return self.text(value) if isinstance(value, str) and key not in SHOWN else value


def toml(table, path=''):
    """A table as TOML; `when` and `require` in a line."""
    def flat(value):
        if isinstance(value, dict):
            return '{ ' + ', '.join(f'{json.dumps(name)} = {flat(each)}' for name, each in value.items()) + ' }'
        return json.dumps(value)
    lines, below = [], []
    for name, value in table.items():
        header = f'{path}.{name}'.lstrip('.')
        if isinstance(value, dict) and name not in ('when', 'require'):
            below += [f'[{header}]', toml(value, header)]
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for each in value:
                below += [f'[[{header}]]', toml(each, header)]
        else:
            lines.append(f'{name} = {flat(value)}')
    return '\n'.join(lines + below)


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
        canaries = {b'canary', b'10.211.212.213', PORT, SECRET.encode()}
        for canary in canaries:
            forms = {canary.decode(), canary.hex(), canary[::-1].decode()}
            for shift in range(3):   # wherever in a base64 text it would begin
                text = base64.b64encode(b'\0' * shift + canary).decode().rstrip('=')
                forms |= {text[2 if shift else 0:-1].replace('+', '-').replace('/', '_'), text[2 if shift else 0:-1]}
            for form in forms - {PORT[::-1].decode()}:
                # A port's digits stand in a veil's twelve by chance: there it is a whole number. Five make that number a rare one.
                form = re.escape(form.lower()) if form != PORT.decode() else f'(?<![0-9a-f]){form}(?![0-9a-f])'
                self.assertIsNone(re.search(form, said), form)
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

    def test_no_canary_in_any_key_comes_out(self):
        with open(f'{ROOT}/configs/every-key.toml', 'rb') as file:
            made = Canaries()
            table = made.table(tomllib.load(file))
        self.assertGreater(len(made.words), 80)
        text = NamedFiles(self.folder, os.path.dirname(PROGRAM)).complete(toml(table))
        self.write('every.toml', text)
        os.environ['CREDENTIALS_DIRECTORY'] = self.folder
        self.addCleanup(os.environ.pop, 'CREDENTIALS_DIRECTORY')
        done = self.report('--config', 'every.toml')
        self.hidden(done)
        told = json.loads(done.stdout)
        self.assertTrue(told['good'], told['findings'])
        shown = {key for key, value, _ in values(told['configuration']) if isinstance(value, str) and not VEILED.search(value)}
        self.assertEqual(shown - SHOWN - PRESETS, set())
        self.assertEqual(told['configuration']['deadlines'], table['deadlines'])   # with their units
        self.assertEqual(told['configuration']['records']['ring_size'], table['records']['ring_size'])

    def test_what_presets_say_is_shown(self):
        self.write('gateway.toml', CONFIG.replace('groups_claim = "canary10claim"', 'preset = "kubernetes"'))
        done = self.report('--config', 'gateway.toml')
        self.hidden(done)
        (issuer,) = json.loads(done.stdout)['configuration']['issuer']
        self.assertEqual(issuer['algorithms'], ['RS256', 'ES256', 'EdDSA'])
        self.assertEqual((issuer['groups_claim'], issuer['subject']), ('', '{sub}'))
        self.assertEqual(issuer['require'], {'sub': ['system:serviceaccount:*']})
        self.assertEqual(issuer['record_claims'], ['namespace', 'serviceaccount', 'pod'])

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
