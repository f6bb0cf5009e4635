"""`gatehouse whoami` says of a credential what the running gateway says of it, and which check failed: whoami_test.py BUILD."""
import base64
import json
import os
import shutil
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from ends import Recorder, reason_of, status_of  # noqa: E402
from gateway import AUDIENCE, ISSUER, Gateway  # noqa: E402

BUILD = sys.argv.pop(1)
DATA = os.path.join(os.path.dirname(HERE), 'data')
RULES = '''
[[rule]]
name = "read"
effect = "allow"
groups = ["readers"]
origin = "origin"
[[rule]]
name = "never"
effect = "deny"
groups = ["nobody"]
'''
CLIENTS = '''
[[listener.certificate]]
chain_file = "server.pem"
key_file = "server.key"
[listener.clients]
ca_file = "ca.pem"
identity = "spiffe"
subjects = ["spiffe://prod.example.org/ns/etl/*"]
name = "workloads"
group_prefix = "cert-"
[[listener.clients.group]]
name = "etl"
when = { unit = "etl" }
'''


def changed(token, at, **fields):
    """The token with other fields in its header (0) or payload (1), its signature as it was."""
    parts = token.split('.')
    said = json.loads(base64.urlsafe_b64decode(parts[at] + '=='))
    said.update(fields)
    parts[at] = base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b'=').decode()
    return '.'.join(parts)


class Whoami(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = Gateway(BUILD, rules=RULES).start()
        cls.origin = Recorder(cls.gateway)

    @classmethod
    def tearDownClass(cls):
        cls.origin.stop()
        cls.gateway.__exit__(None)

    def tool(self, *more, stdin=b'', config='gateway.toml'):
        return subprocess.run([os.path.join(os.path.abspath(BUILD), 'gatehouse'), 'whoami', '--config', config, *more],
                              cwd=self.gateway.state, input=stdin, capture_output=True, timeout=60)

    def told(self, token, *more):
        done = self.tool('--token-file', '-', '--json', *more, stdin=token.encode() + b'\n')
        self.assertIn(done.returncode, (0, 1), done.stderr)
        told = json.loads(done.stdout)
        self.assertEqual(done.returncode, 0 if told['proved'] else 1)
        signature = token.rsplit('.', 1)[-1]
        if len(signature) > 20:
            self.assertNotIn(signature.encode(), done.stdout)
        return told

    def served(self, token):
        with self.gateway.client() as client:
            client.send(f'GET /x HTTP/1.1\r\nHost: gate\r\nAuthorization: Bearer {token}\r\n\r\n'.encode())
            head, body = client.message()
        return None if status_of(head) == 200 else reason_of(body)

    def issued(self, audience=AUDIENCE, issuer=ISSUER, ttl='3600', groups='readers,writers'):
        return self.gateway.world.tool('issuer', 'token', '--key-file', 'keys/key.pem', '--issuer', issuer, '--client', 'job-7',
                                       '--audience', audience, '--groups', groups, '--ttl', ttl).out.strip()

    def test_a_good_token(self):
        told = self.told(self.issued())
        self.assertEqual([step['check'] for step in told['steps']],
                         ['form', 'issuer', 'algorithm', 'key', 'signature', 'audience', 'dates', 'token id', 'bound', 'subject', 'groups', 'revoked'])
        self.assertTrue(all(step['passed'] for step in told['steps']))
        self.assertEqual((told['caller']['subject'], told['caller']['groups']), ('job-7', ['readers', 'writers']))
        self.assertEqual(told['rules'], [{'name': 'read', 'effect': 'allow'}])

    def test_each_fault_is_named_at_its_check_and_is_what_the_gateway_says(self):
        good = self.issued()
        for check, reason, token in [
                ('form', 'token_malformed', 'a.b.c'),
                ('form', 'token_algorithm', changed(good, 0, alg='none')),
                ('form', 'token_critical', changed(good, 0, crit=['exp'])),
                ('issuer', 'token_issuer', self.issued(issuer='https://other.example')),
                ('algorithm', 'token_algorithm', changed(good, 0, alg='EdDSA')),
                ('key', 'token_key', changed(good, 0, kid='other')),
                ('signature', 'token_signature', changed(good, 1, groups=['admins'])),
                ('audience', 'token_audience', self.issued(audience='urn:other'))]:
            with self.subTest(reason):
                told = self.told(token)
                self.assertEqual((told['steps'][-1]['check'], told['reason']), (check, reason))
                self.assertFalse(told['steps'][-1]['passed'])
                self.assertTrue(all(step['passed'] for step in told['steps'][:-1]))
                self.assertNotIn('caller', told)
                self.assertEqual(self.served(token), reason)

    def test_for_people(self):
        done = self.tool('--token-file', '-', stdin=self.issued(audience='urn:\x1b[31mother').encode())
        text = done.stdout.decode()
        self.assertIn('FAIL  audience', text)
        self.assertIn('wanted: ' + AUDIENCE, text)
        self.assertIn('refused: token_audience (206), answered with 401', text)
        self.assertNotIn('\x1b', text)
        self.assertIn('readers, writers', self.tool('--token-file', '-', stdin=b'Bearer ' + self.issued().encode()).stdout.decode())

    def test_the_limit_that_was_hit_is_named_with_its_value(self):
        token = 'a' * 16385
        told = self.told(token)
        self.assertEqual((told['reason'], told['limit']), ('token_size', {'key': 'fixed.token_bytes', 'value': 16384}))
        self.assertEqual(self.served(token), 'token_size')
        text = self.tool('--token-file', '-', stdin=token.encode()).stdout.decode()
        self.assertRegex(text, r'(?m)^  limit +fixed\.token_bytes = 16384 bytes$')
        self.assertNotIn('limit', self.told(self.issued(audience='urn:other')))   # nothing was too long
        for assertion, more in (('A' * 87385, ['--exchange']), ('<' + 'a' * 70000, []), ('<' + 'a' * 70000, ['--exchange'])):
            told = self.told(assertion, *more)   # the bound that serve names, too
            self.assertEqual((told['reason'], told['limit']), ('token_size', {'key': 'fixed.assertion_bytes', 'value': 87384}))

    def test_another_time(self):
        token = self.issued()
        told = self.told(token, '--at', '2040-01-01T00:00:00Z')
        self.assertEqual((told['steps'][-1]['check'], told['reason']), ('dates', 'token_expired'))
        self.assertEqual(self.tool('--token-file', '-', '--at', 'tomorrow', stdin=token.encode()).returncode, 64)

    def test_usage(self):
        for more in ([], ['--token-file', '-', '--certificate', '-'], ['--certificate', f'{DATA}/clients/workload.pem']):
            self.assertEqual(self.tool(*more).returncode, 64, more)
        self.assertEqual(self.tool('--token-file', 'not-there').returncode, 66)
        self.assertEqual(self.tool('--token-file', '-', config='not-there.toml').returncode, 66)

    def test_api_keys(self):
        def keys(*words):
            return self.gateway.world.gatehouse('api-keys', *words, '--config', 'gateway.toml').out
        made = json.loads(keys('create', '--json', '--name', 'import', '--group', 'readers'))
        told = self.told(made['key'])
        self.assertEqual((told['caller']['proof'], told['caller']['subject'], told['caller']['groups']), ('api_key', 'import', ['readers']))
        self.assertEqual(self.served(made['key']), None)
        wrong = made['key'][:30] + ('A' if made['key'][30] != 'A' else 'B') + made['key'][31:]
        self.assertEqual(self.told(wrong)['reason'], 'token_malformed')   # its check is wrong
        keys('revoke', made['id'])
        told = self.told(made['key'])
        self.assertEqual((told['steps'][-1]['check'], told['reason']), ('state', 'token_revoked'))
        self.assertEqual(self.served(made['key']), 'token_revoked')

    def revoke(self, *words):
        self.gateway.world.gatehouse('revocations', *words, '--config', 'gateway.toml')

    def test_what_was_revoked_is_said_while_the_gateway_runs(self):
        token = self.issued()
        parts = [json.loads(base64.urlsafe_b64decode(part + '==')) for part in token.split('.')[:2]]
        told = self.told(token)
        self.assertEqual((told['steps'][-1]['check'], told['steps'][-1]['passed'], told['notes']), ('revoked', True, []))
        for what, value in (('jti', parts[1]['jti']), ('subject', parts[1]['sub']), ('key', parts[0]['kid'])):
            with self.subTest(what):
                self.revoke('add', '--issuer', 'test', '--' + what, value)
                told = self.told(token)
                self.assertEqual((told['steps'][-1]['check'], told['reason']), ('revoked', 'token_revoked'))
                self.assertEqual(told['steps'][-1]['found'], ('token' if what == 'jti' else what) + ' ' + value)
                self.assertNotIn('caller', told)
                self.assertEqual(self.served(token), 'token_revoked')
                self.revoke('remove', '--issuer', 'test', '--' + what, value)
                self.assertTrue(self.told(token)['proved'])
                self.assertEqual(self.served(token), None)

    def test_what_cannot_be_read_is_not_claimed(self):
        token = self.issued().encode()
        with open(self.gateway.world.path('gateway.toml'), encoding='utf-8') as file:
            text = file.read()
        os.makedirs(self.gateway.world.path('broken'), exist_ok=True)
        self.gateway.world.write('broken/gatehouse.db', 'no store')
        for folder, why in (('elsewhere', 'there is no store in'), ('broken', 'file is not a database')):
            with self.subTest(folder):
                self.gateway.world.write('other.toml', text.replace('[gateway]', f'[gateway]\nstate_dir = "{folder}"', 1))
                told = json.loads(self.tool('--token-file', '-', '--json', stdin=token, config='other.toml').stdout)
                self.assertTrue(told['proved'])
                self.assertNotIn('revoked', [step['check'] for step in told['steps']])
                self.assertIn('whether anything of it was revoked is not known: ', told['notes'][0])
                self.assertIn(why, told['notes'][0])
                self.assertFalse(os.path.exists(self.gateway.world.path('elsewhere')))

    def test_certificates(self):
        for name in ('server.pem', 'server.key'):
            shutil.copyfile(f'{DATA}/tls/{name}', self.gateway.world.path(name))
        os.chmod(self.gateway.world.path('server.key'), 0o600)
        shutil.copyfile(f'{DATA}/clients/ca.pem', self.gateway.world.path('ca.pem'))
        with open(self.gateway.world.path('gateway.toml'), encoding='utf-8') as file:
            text = file.read()
        self.gateway.world.write('clients.toml', text.replace('[[issuer]]', CLIENTS + '[[issuer]]', 1))
        def certificate(name, *more, stdin=b''):
            done = self.tool('--certificate', f'{DATA}/clients/{name}.pem', '--json', *more, stdin=stdin, config='clients.toml')
            self.assertIn(done.returncode, (0, 1), done.stderr)
            return json.loads(done.stdout)
        told = certificate('workload')
        self.assertEqual((told['caller']['proof'], told['caller']['groups']), ('certificate', ['cert-etl']))
        for name, check in (('two_uris', 'names'), ('stranger_leaf', 'chain'), ('server_only', 'chain'), ('sha1', 'chain')):
            with self.subTest(name):
                told = certificate(name)
                self.assertFalse(told['proved'])
                self.assertEqual(told['steps'][-1]['check'], check)
        token = self.issued().encode()   # bound to nothing: it is the token's identity that counts
        told = certificate('workload', '--token-file', '-', stdin=token)
        self.assertEqual((told['caller']['proof'], told['caller']['subject']), ('oidc_jwt', 'job-7'))
        digest = certificate('workload')['caller']['certificate']
        self.revoke('add', '--certificate', digest)
        for more, stdin in (((), b''), (('--token-file', '-'), token)):
            told = certificate('workload', *more, stdin=stdin)
            self.assertEqual((told['reason'], told['steps'][-1]['found']), ('certificate_ended', 'certificate ' + digest))
        self.revoke('remove', '--certificate', digest)


if __name__ == '__main__':
    unittest.main(verbosity=2)
