"""`gatehouse explain` says of every kind of caller what the running gateway does: SAML assertions, API keys, client certificates and
tokens that are bound to them, revoked or not. Usage: explain_callers_test.py BUILD"""
import base64
import hashlib
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from ends import Recorder, reason_of, status_of  # noqa: E402
from gateway import AUDIENCE, CONFIG, ISSUER, Gateway, Wire  # noqa: E402
import saml_provider  # noqa: E402
import world  # noqa: E402

BUILD = sys.argv.pop(1)
DATA = os.path.join(os.path.dirname(HERE), 'data')
CERTIFICATE = '[[listener.certificate]]\nchain_file = "server.pem"\nkey_file = "server.key"\n'
LISTENERS = '''
[[listener]]
name = "clients"
address = "127.0.0.1:%(clients)d"
''' + CERTIFICATE + '''
[listener.clients]
ca_file = "ca.pem"
crl_file = "list.crl"
identity = "spiffe"
subjects = ["spiffe://prod.example.org/ns/etl/*"]
name = "workloads"
group_prefix = "cert-"
[[listener.clients.group]]
name = "etl"
when = { unit = "etl" }
[[listener]]
name = "strict"
address = "127.0.0.1:%(strict)d"
''' + CERTIFICATE + '''
[listener.clients]
ca_file = "ca.pem"
required = true
'''
SAML = '''
[[saml]]
name = "corporate"
metadata_file = "idp.xml"
audiences = ["https://gateway.example"]
recipient = "https://gateway.example/oauth/token"
group_prefix = ""
[token_exchange]
issuer = "https://gateway.example"
audience = "gateway-1"
'''
ROUTES = '''
[[route]]
name = "keyed"
path = "/keyed"
origin = "origin"
token_header = "X-Chunk-Key"
[[route]]
name = "plain"
path = "/plain"
origin = "origin"
'''
RULES = '''
[[rule]]
name = "plain"
effect = "allow"
groups = ["readers", "chunk-readers", "cert-etl"]
paths = ["/plain/**", "/keyed/**"]
'''
PEM = {}


def data(name):
    if name not in PEM:
        with open(f'{DATA}/clients/{name}.pem', encoding='ascii') as file:
            PEM[name] = file.read()
    return PEM[name]


def encoded(xml):
    return base64.urlsafe_b64encode(xml.encode()).decode().rstrip('=')


class Callers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.saml = saml_provider.there()
        cls.ports = {name: world.free_port(0) for name in ('clients', 'strict')}
        cls.gateway = gateway = Gateway(BUILD, config=CONFIG.replace('[[issuer]]\n', '[[issuer]]\ngroup_prefix = ""\n'), rules=RULES,
                                        listener=LISTENERS % cls.ports, routes=(SAML if cls.saml else '') + ROUTES,
                                        limits='failed_tokens = 1000000')
        for name in ('server.pem', 'server.key'):
            shutil.copyfile(f'{DATA}/tls/{name}', gateway.world.path(name))
        os.chmod(gateway.world.path('server.key'), 0o600)
        shutil.copyfile(f'{DATA}/clients/ca.pem', gateway.world.path('ca.pem'))
        shutil.copyfile(f'{DATA}/clients/after.crl', gateway.world.path('list.crl'))
        if cls.saml:
            cls.provider = saml_provider.Provider(cls.folder.name, 'p256')
            gateway.world.write('idp.xml', cls.provider.metadata())
        gateway.start()
        cls.origin = Recorder(gateway)

    @classmethod
    def tearDownClass(cls):
        cls.origin.stop()
        cls.gateway.__exit__(None)
        cls.folder.cleanup()

    # ---- both sides --------------------------------------------------------------------------------

    def served(self, field=None, certificate=None, listener='main', path='/plain/x'):
        """(decision, reason) of the running gateway."""
        lines = [f'GET {path} HTTP/1.1', 'Host: server.test', *([field] if field else [])]
        wire = None
        try:
            if listener == 'main':
                wire = self.gateway.client()
            else:
                settings = ssl.create_default_context(cafile=f'{DATA}/tls/ca.pem')
                if certificate:
                    settings.load_cert_chain(f'{DATA}/clients/{certificate}.pem', f'{DATA}/clients/{certificate}.key')
                plain = socket.create_connection(('127.0.0.1', self.ports[listener]), 30)
                self.addCleanup(plain.close)
                wire = Wire(settings.wrap_socket(plain, server_hostname='server.test'))
            wire.send(('\r\n'.join(lines) + '\r\n\r\n').encode())
            head, body = wire.message()
        except (ssl.SSLError, ConnectionError):
            return 'deny', 'client_tls'
        finally:
            if wire is not None:
                wire.sock.close()
        if not head:
            return 'deny', 'client_tls'
        return ('allow', 'none') if status_of(head) == 200 else ('deny', reason_of(body))

    def explained(self, token=None, certificate=None, listener='main', path='/plain/x', lines=False, config='gateway.toml'):
        program = [os.path.join(os.path.abspath(BUILD), 'gatehouse'), 'explain', '--config', config]
        if lines:
            asked = {'path': path, 'listener': listener, 'host': 'server.test'}
            asked.update({'token': token} if token else {}, **({'certificate': data(certificate)} if certificate else {}))
            words, stdin = ['--requests', '-'], json.dumps(asked)
        else:
            words = ['--json', '--path', path, '--listener', listener, '--host', 'server.test']
            words += ['--token-file', '-'] if token else []
            words += ['--certificate', f'{DATA}/clients/{certificate}.pem'] if certificate else []
            stdin = (token or '') + '\n'
        done = subprocess.run(program + words, cwd=self.gateway.state, input=stdin.encode(), capture_output=True, timeout=60)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return json.loads(done.stdout)

    def same(self, token=None, field=None, expected=('allow', 'none'), **where):
        """The gateway, the command and a line of requests come to the same; returns what the command said."""
        self.assertEqual(self.served(field, **where), expected)
        for lines in (False, True):
            told = self.explained(token, lines=lines, **where)
            self.assertEqual((told['decision'], told['reason']), expected, told)
        return told

    def bearer(self, token, **more):
        return self.same(token, 'Authorization: Bearer ' + token, **more)

    def revoked(self, *words):
        self.gateway.world.gatehouse('revocations', 'add', *words, '--config', 'gateway.toml')
        self.addCleanup(self.gateway.world.gatehouse, 'revocations', 'remove', *words, '--config', 'gateway.toml')

    # ---- who calls ---------------------------------------------------------------------------------

    def test_assertions(self):
        if not self.saml:
            self.skipTest('xmlsec1 is not there')
        good = self.provider.assertion(time.time() - 1, id_='_e1')
        field = 'Authorization: SAML ' + encoded(good)
        for text in (good, encoded(good), 'SAML ' + encoded(good)):
            told = self.same(text, field)
        self.assertEqual((told['caller']['proof'], told['caller']['subject']), ('saml', 'nightly-rag-ingest'))
        forged = good.replace('chunk-readers', 'chunk-writers')
        self.same(forged, 'Authorization: SAML ' + encoded(forged), expected=('deny', 'saml_signature'))
        old = self.provider.assertion(time.time() - 9000, id_='_e2')
        self.same(old, 'Authorization: SAML ' + encoded(old), expected=('deny', 'saml_expired'))
        self.same(good, field, path='/keyed/x', expected=('deny', 'token_missing'))   # its route has tokens elsewhere
        self.revoked('--issuer', 'corporate', '--jti', '_e1')
        self.same(good, field, expected=('deny', 'token_revoked'))

    def test_api_keys(self):
        def made(group):
            return json.loads(self.gateway.world.gatehouse('api-keys', 'create', '--json', '--name', 'import', '--group', group,
                                                           '--config', 'gateway.toml').out)
        good, other = made('readers'), made('nobody')
        told = self.bearer(good['key'])
        self.assertEqual((told['caller']['proof'], told['caller']['subject']), ('api_key', 'import'))
        self.same(good['key'], 'X-Chunk-Key: ' + good['key'], path='/keyed/x')
        self.bearer(other['key'], expected=('deny', 'policy_no_rule'))
        self.bearer(good['key'][:-1] + ('0' if good['key'][-1] != '0' else '1'), expected=('deny', 'token_malformed'))
        self.gateway.world.gatehouse('api-keys', 'revoke', good['id'], '--config', 'gateway.toml')
        self.bearer(good['key'], expected=('deny', 'token_revoked'))
        # Where the store cannot be read the gateway is asked for keys, and nothing is said of revocations.
        self.gateway.world.write('elsewhere.toml', self.text().replace('[gateway]', '[gateway]\nstate_dir = "elsewhere"', 1))
        told = self.explained(good['key'], config='elsewhere.toml')
        self.assertEqual(told['reason'], 'token_revoked')
        told = self.explained(other['key'], config='elsewhere.toml')
        self.assertEqual(told['reason'], 'policy_no_rule')
        self.assertIn('whether anything of the caller was revoked is not known', told['notes'][0])

    def text(self):
        with open(self.gateway.world.path('gateway.toml'), encoding='utf-8') as file:
            return file.read()

    def test_certificates(self):
        told = self.same(certificate='workload', listener='clients')
        self.assertEqual((told['caller']['proof'], told['caller']['groups']), ('certificate', ['cert-etl']))
        self.same(listener='clients', expected=('deny', 'token_missing'))
        self.same(certificate='two_uris', listener='clients', expected=('deny', 'certificate_unknown'))
        for name in ('stranger_leaf', 'revoked', 'server_only'):
            with self.subTest(name):
                told = self.same(certificate=name, listener='clients', expected=('deny', 'client_tls'))
                self.assertIn('the client certificate is not believed', told['notes'][0])
        self.same(listener='strict', expected=('deny', 'client_tls'))
        self.same(certificate='workload', listener='strict', expected=('deny', 'token_missing'))   # it names nobody there
        token = self.gateway.readers
        told = self.bearer(token, certificate='workload', listener='strict')
        self.assertEqual(told['caller']['subject'], 'job-7')
        self.bearer(token, listener='strict', expected=('deny', 'client_tls'))
        self.same('abc', 'Authorization: Bearer abc', certificate='workload', listener='clients', expected=('deny', 'token_malformed'))

    def test_revoked_certificates(self):
        digest = self.explained(certificate='workload', listener='clients')
        self.assertEqual(digest['decision'], 'allow')
        der = ssl.PEM_cert_to_DER_cert(data('workload').split('-----END')[0] + '-----END CERTIFICATE-----\n')
        self.revoked('--certificate', hashlib.sha256(der).hexdigest())
        self.same(certificate='workload', listener='clients', expected=('deny', 'certificate_ended'))
        self.bearer(self.gateway.readers, certificate='workload', listener='clients', expected=('deny', 'certificate_ended'))

    def test_bound_tokens(self):
        der = ssl.PEM_cert_to_DER_cert(data('workload').split('-----END')[0] + '-----END CERTIFICATE-----\n')
        token = self.token({'x5t#S256': base64.urlsafe_b64encode(hashlib.sha256(der).digest()).decode().rstrip('=')})
        self.bearer(token, certificate='workload', listener='clients')
        told = self.bearer(token, listener='clients', expected=('deny', 'token_binding'))
        self.assertIn('give it with --certificate', told['notes'][0])

    def token(self, confirmation):
        header = self.gateway.readers.split('.')[0].encode()
        claims = {'iss': ISSUER, 'aud': AUDIENCE, 'sub': 'job-7', 'groups': ['readers'], 'exp': int(time.time()) + 600, 'cnf': confirmation}
        signed = header + b'.' + base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b'=')
        der = subprocess.run(['openssl', 'dgst', '-sha256', '-sign', self.gateway.world.path('keys/key.pem')], input=signed, check=True,
                             capture_output=True).stdout
        at, numbers = 2, []
        for _ in range(2):
            size = der[at + 1]
            numbers.append(der[at + 2:at + 2 + size].lstrip(b'\0').rjust(32, b'\0'))
            at += 2 + size
        return (signed + b'.' + base64.urlsafe_b64encode(b''.join(numbers)).rstrip(b'=')).decode()

    def test_tokens(self):
        self.bearer(self.gateway.readers)
        self.assertEqual(self.explained('Bearer ' + self.gateway.readers)['decision'], 'allow')
        self.revoked('--issuer', 'test', '--subject', 'job-7')
        self.bearer(self.gateway.readers, expected=('deny', 'token_revoked'))


if __name__ == '__main__':
    unittest.main()
