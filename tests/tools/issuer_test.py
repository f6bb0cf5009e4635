"""The development issuer: what it makes holds against OpenSSL's command line. Usage: issuer_test.py ISSUER"""
import base64
import http.client
import json
import os
import stat
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse

from program import Program

ISSUER = sys.argv.pop(1)
URL = 'http://127.0.0.1:9800'


def run(*command, code=0):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != code:
        raise AssertionError(f'{command}: exit code {done.returncode}, not {code}\n{done.stdout}')
    return done.stdout


def decode(part):
    return base64.urlsafe_b64decode(part + '=' * (-len(part) % 4))


def number(data):
    """A DER integer."""
    data = data.lstrip(b'\0') or b'\0'
    if data[0] & 0x80:
        data = b'\0' + data
    return b'\x02' + bytes([len(data)]) + data


class Issuer(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()

    def tearDown(self):
        self.folder.cleanup()

    def path(self, *names):
        return os.path.join(self.folder.name, *names)

    def keys(self, kind='p256', name='keys'):
        run(ISSUER, 'keys', '--dir', self.path(name), '--type', kind)
        return self.path(name, 'key.pem')

    def token(self, key_file, *more):
        return run(ISSUER, 'token', '--key-file', key_file, '--issuer', URL, '--client', 'nightly "index"',
                   '--audience', 'urn:a', '--groups', 'readers,writers', *more).strip()

    def verify(self, key_file, token):
        """Asks OpenSSL whether an ES256 token's signature holds."""
        signed, _, signature = token.rpartition('.')
        raw = decode(signature)
        body = number(raw[:32]) + number(raw[32:])
        for name, data in (('signed', signed.encode()), ('signature', b'\x30' + bytes([len(body)]) + body)):
            with open(self.path(name), 'wb') as file:
                file.write(data)
        run('openssl', 'pkey', '-in', key_file, '-pubout', '-out', self.path('public'))
        return run('openssl', 'dgst', '-sha256', '-verify', self.path('public'), '-signature',
                   self.path('signature'), self.path('signed'))

    def test_a_token_has_the_claims_and_a_signature_that_openssl_verifies(self):
        key_file = self.keys()
        before = int(time.time())
        token = self.token(key_file, '--ttl', '60')
        self.assertIn('Verified OK', self.verify(key_file, token))
        header, claims = (json.loads(decode(part)) for part in token.split('.')[:2])
        with open(self.path('keys', 'jwks.json'), encoding='ascii') as file:
            (key,) = json.load(file)['keys']
        self.assertEqual(header, {'alg': 'ES256', 'typ': 'at+jwt', 'kid': key['kid']})
        self.assertEqual((claims['iss'], claims['sub'], claims['aud']), (URL, 'nightly "index"', 'urn:a'))
        self.assertEqual(claims['groups'], ['readers', 'writers'])
        self.assertTrue(before <= claims['iat'] <= time.time())
        self.assertEqual(claims['exp'], claims['iat'] + 60)
        self.assertNotEqual(json.loads(decode(self.token(key_file).split('.')[1]))['jti'], claims['jti'])

    def test_a_token_of_another_key_does_not_verify(self):
        key_file, other = self.keys(), self.keys(name='other')
        with self.assertRaisesRegex(AssertionError, 'Verification failure|Verification Failure'):
            self.verify(key_file, self.token(other))

    def test_key_types_have_their_algorithms(self):
        for kind, algorithm, members in (('ed25519', 'EdDSA', {'crv': 'Ed25519', 'kty': 'OKP'}), ('rsa', 'RS256', {'kty': 'RSA'})):
            token = self.token(self.keys(kind, kind))
            self.assertEqual(json.loads(decode(token.split('.')[0]))['alg'], algorithm)
            with open(self.path(kind, 'jwks.json'), encoding='ascii') as file:
                (key,) = json.load(file)['keys']
            self.assertEqual(key, {**key, **members, 'alg': algorithm, 'use': 'sig'})

    def test_private_files_are_private_and_never_overwritten(self):
        key_file = self.keys()
        self.assertEqual(stat.S_IMODE(os.stat(key_file).st_mode), 0o600)
        with open(key_file, encoding='ascii') as file:
            before = file.read()
        self.assertIn('File exists', run(ISSUER, 'keys', '--dir', self.path('keys'), code=73))
        with open(key_file, encoding='ascii') as file:
            self.assertEqual(file.read(), before)

    def test_the_certificate_is_for_its_names(self):
        run(ISSUER, 'certificate', '--dir', self.path('tls'), '--name', 'localhost', '--ip', '127.0.0.1')
        text = run('openssl', 'x509', '-in', self.path('tls', 'cert.pem'), '-noout', '-text')
        self.assertRegex(text, r'DNS:localhost, IP Address:127\.0\.0\.1')
        self.assertIn('prime256v1', text)
        run('openssl', 'verify', '-CAfile', self.path('tls', 'cert.pem'), self.path('tls', 'cert.pem'))

    def test_wrong_usage_is_64(self):
        for words in ((), ('keys',), ('keys', '--dir', 'x', '--type', 'dsa'), ('nonsense',),
                      ('serve', '--listen', '10.1.2.3', '--key-file', 'x', '--clients', 'x', '--audience', 'x')):
            run(ISSUER, *words, code=64)
        for ttl in ('', '1e3', '0x10', ' 5', '99999999999999999999'):
            self.assertIn('--ttl', run(ISSUER, 'token', '--key-file', 'x', '--issuer', URL, '--client', 'a', '--audience', 'b',
                                       '--ttl', ttl, code=64))
        self.assertIn("did you mean 'token'?", run(ISSUER, 'tokn', code=64))
        self.assertIn("did you mean '--groups'?", run(ISSUER, 'token', '--group', 'a', code=64))
        self.assertIn('Example', run(ISSUER, 'token', '--help'))


class Provider(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        folder = cls.folder.name
        run(ISSUER, 'keys', '--dir', os.path.join(folder, 'keys'))
        with open(os.path.join(folder, 'secret'), 'w', encoding='ascii') as file:
            file.write('s3cret:+\n')
        with open(os.path.join(folder, 'clients.toml'), 'w', encoding='ascii') as file:
            file.write('[[client]]\nid = "job a"\nsecret_file = "secret"\ngroups = ["readers"]\n')
        cls.program = Program(ISSUER, 'serve', '--key-file', os.path.join(folder, 'keys/key.pem'), '--clients',
                              os.path.join(folder, 'clients.toml'), '--audience', 'urn:a', '--ttl', '30')
        cls.url = f'http://127.0.0.1:{cls.program.port}'

    @classmethod
    def tearDownClass(cls):
        cls.program.__exit__()
        cls.folder.cleanup()

    def call(self, method, path, body=None, **headers):
        connection = http.client.HTTPConnection('127.0.0.1', self.program.port, timeout=60)
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        answer = response.status, json.loads(response.read()), response.headers
        connection.close()
        return answer

    def basic(self, name, secret):
        text = f'{urllib.parse.quote_plus(name)}:{urllib.parse.quote_plus(secret)}'
        return 'Basic ' + base64.b64encode(text.encode()).decode()

    def test_discovery_leads_to_keys_and_tokens(self):
        _, found, _ = self.call('GET', '/.well-known/openid-configuration')
        self.assertEqual(found['issuer'], self.url)
        self.assertEqual(found['jwks_uri'], self.url + '/jwks')
        _, keys, _ = self.call('GET', '/jwks')
        status, answer, headers = self.call('POST', '/token', 'grant_type=client_credentials',
                                            Authorization=self.basic('job a', 's3cret:+'))
        self.assertEqual((status, answer['token_type'], answer['expires_in']), (200, 'Bearer', 30))
        self.assertEqual(headers['Cache-Control'], 'no-store')
        header, claims = (json.loads(decode(part)) for part in answer['access_token'].split('.')[:2])
        self.assertEqual(header['kid'], keys['keys'][0]['kid'])
        self.assertEqual((claims['iss'], claims['sub'], claims['groups'], claims['aud']),
                         (self.url, 'job a', ['readers'], 'urn:a'))

    def test_credentials_may_be_in_the_form(self):
        body = urllib.parse.urlencode({'grant_type': 'client_credentials', 'client_id': 'job a', 'client_secret': 's3cret:+'})
        self.assertEqual(self.call('POST', '/token', body)[0], 200)

    def test_refusals(self):
        good = self.basic('job a', 's3cret:+')
        for expected, body, fields in (
                ((401, 'invalid_client'), 'grant_type=client_credentials', {}),
                ((401, 'invalid_client'), 'grant_type=client_credentials', {'Authorization': self.basic('job a', 'x')}),
                ((401, 'invalid_client'), 'grant_type=client_credentials', {'Authorization': self.basic('job b', 's3cret:+')}),
                ((400, 'unsupported_grant_type'), 'grant_type=password', {'Authorization': good}),
                ((400, 'invalid_request'), 'grant_type=%zz', {'Authorization': good}),
                ((400, 'invalid_request'), 'a=1&a=2', {'Authorization': good}),
                ((400, 'invalid_request'), 'grant_type=client_credentials', {'Authorization': 'Basic !!'})):
            status, answer, _ = self.call('POST', '/token', body, **fields)
            self.assertEqual((status, answer['error']), expected)
        self.assertEqual(self.call('GET', '/token')[0], 404)

    def test_it_says_loudly_what_it_is(self):
        self.assertIn('FOR DEVELOPMENT ONLY', ''.join(self.program.said))


if __name__ == '__main__':
    unittest.main()
