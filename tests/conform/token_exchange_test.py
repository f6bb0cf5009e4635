"""SAML assertions on real sockets: exchanged for a token once, whatever happens; shown with requests; and what attackers and bad
clients make of both. xmlsec1 signs. Usage: token_exchange_test.py BUILD"""
import base64
import glob
import hashlib
import json
import os
import select
import re
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ends import Recorder, at_rest, descriptors, eventually, metric, reason_of, recorded, status_of  # noqa: E402
from changing import Changing  # noqa: E402
from gateway import field  # noqa: E402
import saml_provider  # noqa: E402

BUILD = sys.argv.pop(1)
GRANT = 'urn:ietf:params:oauth:grant-type:saml2-bearer'
FORM = 'Content-Type: application/x-www-form-urlencoded'
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
RULES = '''
[[rule]]
name = "plain"
effect = "allow"
groups = ["readers", "chunk-readers"]
paths = ["/plain/**"]
origin = "origin"
'''


def text_of(assertion):
    return base64.urlsafe_b64encode(assertion.encode()).decode().rstrip('=')


class House(Changing):
    """A gateway that trusts a provider of assertions."""
    provider = None
    count = 0

    def __init__(self, more='', **settings):
        super().__init__(BUILD, routes=SAML + more, rules=RULES, **settings)
        self.config = self.config.replace('[[issuer]]\n', '[[issuer]]\ngroup_prefix = ""\n')   # one name is one group
        self.world.write('idp.xml', House.provider.metadata())

    def assertion(self, **changes):
        House.count += 1
        return House.provider.assertion(time.time() - 1, id_=f'_a{House.count}', **changes)

    def form(self, assertion, grant=GRANT, encode=text_of):
        return urllib.parse.urlencode({'grant_type': grant, 'assertion': encode(assertion)}).encode()

    def post(self, body, fields=(FORM,), path='/oauth/token', client=None):
        """(status, head, body) of a token request."""
        lines = [f'POST {path} HTTP/1.1', 'Host: gate', *fields, f'Content-Length: {len(body)}']
        wire = client or self.client()
        try:
            wire.send(('\r\n'.join(lines) + '\r\n\r\n').encode() + body)
            head, answer = wire.message()
        finally:
            if client is None:
                wire.sock.close()
        return status_of(head), head, answer

    def exchange(self, assertion):
        status, head, body = self.post(self.form(assertion))
        return status, head, json.loads(body)

    def call(self, credential, path='/plain/x'):
        with self.client() as wire:
            wire.send(f'GET {path} HTTP/1.1\r\nHost: gate\r\nAuthorization: {credential}\r\n\r\n'.encode())
            head, body = wire.message()
        return status_of(head), head, body

    def keys(self):
        with self.client() as wire:
            wire.send(b'GET /oauth/jwks HTTP/1.1\r\nHost: gate\r\n\r\n')
            head, body = wire.message()
        return status_of(head), head, json.loads(body)['keys']

    def written_bytes(self):
        """All that is on the disk and in memory of records, and the log."""
        found = b''
        for path in glob.glob(self.world.path('records', '*')) + glob.glob(self.rings + '/*') + glob.glob(self.world.path('logs', '*')):
            if os.path.isfile(path):
                with open(path, 'rb') as file:
                    found += file.read()
        return found


def setUpModule():
    House.folder = tempfile.TemporaryDirectory()
    House.provider = saml_provider.Provider(House.folder.name, 'p256')


def tearDownModule():
    House.folder.cleanup()


class WithHouse(unittest.TestCase):
    def house(self, more='', **settings):
        house = House(more, **settings)
        house.start()
        self.addCleanup(house.__exit__, None)
        self.origin = Recorder(house)
        self.addCleanup(self.origin.stop)
        return house

    def refused(self, answer, status, error, reason):
        body = answer[2] if isinstance(answer[2], dict) else json.loads(answer[2])
        self.assertEqual((answer[0], body['error'], body['reason']), (status, error, reason), body)
        self.assertNotIn('access_token', body)


def verified(token, keys):
    """The claims of a token whose signature openssl verifies by one of the keys of a JWKS."""
    header, payload, signature = token.split('.')
    raw = lambda text: base64.urlsafe_b64decode(text + '=' * (-len(text) % 4))
    kid = json.loads(raw(header))['kid']
    key = next(one for one in keys if one['kid'] == kid)
    with tempfile.TemporaryDirectory() as folder:
        path = lambda name: os.path.join(folder, name)
        with open(path('key'), 'wb') as file:
            file.write(bytes.fromhex('3059301306072a8648ce3d020106082a8648ce3d030107034200') + b'\4' + raw(key['x']) + raw(key['y']))
        number = lambda part: (b'\0' if part[0] & 128 else b'') + part
        pair = [number(part.lstrip(b'\0')) for part in (raw(signature)[:32], raw(signature)[32:])]
        inside = b''.join(b'\2' + bytes([len(part)]) + part for part in pair)
        with open(path('signature'), 'wb') as file:
            file.write(b'0' + bytes([len(inside)]) + inside)
        with open(path('text'), 'wb') as file:
            file.write(f'{header}.{payload}'.encode())
        subprocess.run(['openssl', 'dgst', '-sha256', '-verify', path('key'), '-keyform', 'DER', '-signature', path('signature'), path('text')],
                       check=True, stdout=subprocess.DEVNULL)
    return json.loads(raw(payload))


class Exchange(WithHouse):
    def test_an_assertion_becomes_a_token_that_is_believed(self):
        house = self.house(workers=2)
        assertion = house.assertion()
        began = int(time.time())
        status, head, body = house.exchange(assertion)
        self.assertEqual(status, 200, body)
        self.assertEqual((body['token_type'], field(head, 'Cache-Control')), ('Bearer', 'no-store'))
        self.assertEqual(set(body), {'access_token', 'token_type', 'expires_in'})
        token = body['access_token']
        claims = verified(token, house.keys()[2])
        self.assertEqual((claims['iss'], claims['aud'], claims['sub']), ('https://gateway.example', 'gateway-1', 'nightly-rag-ingest'))
        self.assertEqual((claims['groups'], claims['idp_name']), (['chunk-readers', 'rag-batch'], 'corporate'))
        # The assertion says 300 seconds; the gateway's ten minutes do not make it more (its leeway of 30 does).
        self.assertLessEqual(claims['exp'], began + 300 + 31)
        self.assertTrue(began - 1 <= claims['exp'] - body['expires_in'] <= time.time() + 1, (began, claims, body))
        for _ in range(20):   # connections of both workers
            self.assertEqual(house.call('Bearer ' + token)[0], 200)
        self.assertEqual(house.call('bearer ' + token)[0], 200)

        exchanged, outcome = recorded(house, head), recorded(house, head, 'outcome')
        self.assertEqual((exchanged['proof'], exchanged['subject'], exchanged['verdict']), ('saml', 'nightly-rag-ingest', 'allow'))
        self.assertEqual(exchanged['path'], '/oauth/token')
        digest = hashlib.sha256(token.encode()).hexdigest()
        self.assertEqual(outcome['issued_token_digest'], digest)
        self.assertEqual(outcome['issued_token_id'], claims['jti'])
        used = recorded(house, house.call('Bearer ' + token)[1])
        self.assertEqual((used['proof'], used['subject'], used['issuer']), ('gateway_token', 'nightly-rag-ingest', House.provider.entity))
        self.assertEqual((used['token_id'], used['token_digest']), (claims['jti'], digest))

    def test_neither_assertion_nor_token_stands_in_records_or_logs(self):
        house = self.house(level='debug')
        assertion = house.assertion()
        wrong = house.assertion().replace('nightly', 'morning')
        token = house.exchange(assertion)[2]['access_token']
        house.exchange(wrong)
        house.call('SAML ' + text_of(house.assertion()))
        house.call('Bearer ' + token)
        house.post(b'', path='/oauth/token?assertion=' + text_of('the-query'))
        shown = text_of(house.assertion())
        house.post(b'x', fields=(FORM, 'Authorization: SAML ' + shown))
        house.listed()
        found = house.written_bytes()
        self.assertIn(b'nightly-rag-ingest', found)   # it is all there to be found
        for secret in (token, token.split('.')[2], text_of(assertion)[:200], text_of(assertion)[-200:], text_of(wrong)[-200:], shown[-200:],
                       text_of('the-query'), re.search('<ds:SignatureValue>(.{20})', assertion, re.S).group(1)):
            self.assertNotIn(secret.encode(), found)

    def test_once(self):
        house = self.house(workers=2)
        assertion = house.assertion()
        answers, lock = [], threading.Lock()

        def one():
            answer = house.exchange(assertion)
            with lock:
                answers.append(answer)
        threads = [threading.Thread(target=one) for _ in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(answer[0] for answer in answers), [200] + [400] * 39)
        for answer in answers:
            if answer[0] != 200:
                self.refused(answer, 400, 'invalid_grant', 'saml_replayed')
        self.assertEqual(recorded(house, next(a[1] for a in answers if a[0] == 400))['subject'], 'nightly-rag-ingest')

    def test_once_though_the_gateway_is_killed_and_the_token_lives_on(self):
        house = self.house()
        assertion, later = house.assertion(), house.assertion()
        token = house.exchange(assertion)[2]['access_token']
        keys = house.keys()[2]
        house.kill()
        house.restart()
        self.refused(house.exchange(assertion), 400, 'invalid_grant', 'saml_replayed')
        self.assertEqual(house.call('Bearer ' + token)[0], 200)
        self.assertEqual(house.keys()[2], keys)
        self.assertEqual(house.exchange(later)[0], 200)

    def test_once_though_workers_are_others(self):
        house = self.house()
        assertion = house.assertion()
        token = house.exchange(assertion)[2]['access_token']
        house.edit(('workers = 1', 'workers = 2'))
        self.assertEqual(house.reload().returncode, 0)
        self.refused(house.exchange(assertion), 400, 'invalid_grant', 'saml_replayed')
        self.assertEqual(house.call('Bearer ' + token)[0], 200)
        self.assertEqual(house.exchange(house.assertion())[0], 200)

    def test_once_and_by_the_same_keys_though_the_state_is_elsewhere(self):
        house = self.house()
        assertion, later = house.assertion(), house.assertion()
        token = house.exchange(assertion)[2]['access_token']
        keys = house.keys()[2]

        def moves():
            house.edit(('[gateway]', '[gateway]\nstate_dir = "elsewhere"'))
            self.assertEqual(house.reload().returncode, 0)

        def begins_there():
            house.kill()
            house.restart()
        for step in (moves, begins_there):
            step()
            self.refused(house.exchange(assertion), 400, 'invalid_grant', 'saml_replayed')
            self.assertEqual(house.call('Bearer ' + token)[0], 200)
            self.assertEqual(house.keys()[2], keys)
        with open(house.world.path('state', 'gatehouse.db'), 'rb') as file:
            self.assertNotIn(b'PRIVATE KEY', file.read())
        self.assertEqual(house.exchange(later)[0], 200)

    def test_forms_of_base64(self):
        house = self.house()
        for subject in ('a', 'ab', 'abc'):   # each rest of a division by three
            plain = text_of(house.assertion(subject=subject))
            padded = house.assertion(subject=subject)
            self.assertEqual(house.post(house.form(plain, encode=str))[0], 200)
            whole = base64.urlsafe_b64encode(padded.encode()).decode()
            self.assertEqual(house.post(house.form(whole, encode=str))[0], 200)
            self.refused(house.post(house.form(whole + '=', encode=str)), 400, 'invalid_grant', 'saml_malformed')
        other = base64.b64encode(house.assertion(subject='\u00bf\u00bf\u00bf\u00fe\u00fe???>>>').encode()).decode()
        self.assertTrue('+' in other or '/' in other)
        self.refused(house.post(house.form(other, encode=str)), 400, 'invalid_grant', 'saml_malformed')
        self.refused(house.post(house.form(house.assertion(), encode=str)), 400, 'invalid_grant', 'saml_malformed')

    def test_what_is_wrong_with_a_request_is_said_as_oauth_says_it(self):
        house = self.house()
        good = house.form(house.assertion())
        ask = house.post
        self.refused(ask(good, fields=('Content-Type: application/json',)), 400, 'invalid_request', 'token_request')
        self.refused(ask(good, fields=()), 400, 'invalid_request', 'token_request')
        self.refused(ask(good, fields=(FORM, FORM)), 400, 'invalid_request', 'token_request')
        self.refused(ask(good, fields=(FORM, 'Content-Encoding: gzip')), 400, 'invalid_request', 'token_request')
        self.refused(ask(good, path='/oauth/token?x=1'), 400, 'invalid_request', 'token_request')
        self.refused(ask(good + b'&' + good), 400, 'invalid_request', 'token_request')
        self.refused(ask(good + b'&grant_type=' + GRANT.encode()), 400, 'invalid_request', 'token_request')
        self.refused(ask(good + b'&assertion=x'), 400, 'invalid_request', 'token_request')
        self.refused(ask(good + b'&scope=all'), 400, 'invalid_scope', 'token_request')
        self.refused(ask(good + b'&client_secret=x'), 400, 'invalid_client', 'token_request')
        self.refused(ask(good.replace(b'saml2-bearer', b'jwt-bearer')), 400, 'unsupported_grant_type', 'token_request')
        self.refused(ask(b''), 400, 'invalid_request', 'token_request')
        self.refused(ask(b'\xff' * 100), 400, 'invalid_request', 'token_request')
        self.refused(ask(good, fields=(FORM, 'Authorization: Bearer ' + house.readers)), 400, 'invalid_request', 'token_two_sources')
        basic = ask(good, fields=(FORM, 'Authorization: Basic am9iLTc6c2VjcmV0'))   # RFC 6749 section 5.2
        self.refused(basic, 401, 'invalid_client', 'token_request')
        self.assertEqual(field(basic[1], 'WWW-Authenticate'), 'Basic realm="token"')
        self.refused(ask(house.form(house.assertion().replace('nightly', 'daytime'))), 400, 'invalid_grant', 'saml_signature')
        self.refused(ask(house.form(house.assertion(audience='https://other.example'))), 400, 'invalid_grant', 'saml_conditions')
        with house.client() as wire:
            wire.send(b'GET /oauth/token HTTP/1.1\r\nHost: gate\r\n\r\n')
            head, body = wire.message()
            self.assertEqual((status_of(head), field(head, 'Allow'), json.loads(body)['error']), (405, 'POST', 'invalid_request'))
            wire.send(b'POST /oauth/jwks HTTP/1.1\r\nHost: gate\r\nContent-Length: 0\r\n\r\n')
            head, body = wire.message()
            self.assertEqual((status_of(head), field(head, 'Allow'), reason_of(body)), (405, 'GET, HEAD', 'token_request'))
        self.assertEqual(ask(good)[0], 200)   # none of these used it
        self.assertEqual(self.origin.asked, [])

    def test_keys_are_published(self):
        house = self.house()
        status, head, keys = house.keys()
        self.assertEqual((status, field(head, 'Content-Type'), field(head, 'Cache-Control')), (200, 'application/json', 'max-age=60'))
        self.assertEqual(len(keys), 2)
        for key in keys:
            self.assertEqual(set(key), {'kid', 'use', 'alg', 'kty', 'crv', 'x', 'y'})
        with house.client() as wire:   # HEAD, then the connection goes on
            wire.send(b'HEAD /oauth/jwks HTTP/1.1\r\nHost: gate\r\n\r\nGET /oauth/jwks HTTP/1.1\r\nHost: gate\r\n\r\n')
            self.assertEqual(field(wire.message(bodiless=True)[0], 'Content-Length'), str(len(wire.message()[1])))

    def test_a_key_that_signs_no_more_is_known_until_its_tokens_end(self):
        house = self.house(more='lifetime = "6s"\nrotation = "6s"\n')
        names = lambda: {key['kid'] for key in house.keys()[2]}
        made = lambda: (time.time(), house.exchange(house.assertion())[2]['access_token'])
        signer = lambda token: json.loads(base64.urlsafe_b64decode(token.split('.')[0] + '==='))['kid']
        first = names()
        eventually('a new key', lambda: names() - first)
        for _ in range(5):   # the key changes while the token lives, unless this test is held up
            before = names()
            at, token = made()
            old = signer(token)
            self.assertIn(old, before)
            while signer((fresh := made())[1]) == old:
                at, token = fresh
            status = house.call('Bearer ' + token)[0]
            if time.time() < at + 5:
                break
        self.assertEqual(status, 200)
        self.assertIn(old, names())
        eventually('its end', lambda: house.call('Bearer ' + token)[0] == 401)
        self.assertEqual(reason_of(house.call('Bearer ' + token)[2]), 'token_expired')

    def told(self, house, command, token, *more, config='gateway.toml'):
        """What `whoami` or `explain` say of a token, read from standard input."""
        words = [os.path.join(os.path.abspath(BUILD), 'gatehouse'), command, '--config', config, '--token-file', '-', '--json', *more]
        done = subprocess.run(words, cwd=house.state, input=token.encode(), capture_output=True, timeout=60)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        self.assertNotIn(token.rsplit('.', 1)[-1].encode(), done.stdout)
        return json.loads(done.stdout)

    def test_people_are_told_of_a_gateway_token_what_the_gateway_says_of_it(self):
        house = self.house()
        token = house.exchange(house.assertion())[2]['access_token']
        self.assertEqual(house.call('Bearer ' + token)[0], 200)
        head, claims, signature = token.split('.')
        told = self.told(house, 'whoami', token)
        self.assertEqual([(step['check'], step['passed']) for step in told['steps']], [(check, True) for check in (
            'form', 'issuer', 'algorithm', 'key', 'signature', 'audience', 'dates', 'provider', 'groups', 'revoked')])
        self.assertEqual((told['caller']['proof'], told['caller']['issuer'], told['rules'], told['notes']),
                         ('gateway_token', 'corporate', [{'name': 'plain', 'effect': 'allow'}], []))
        self.assertEqual(self.told(house, 'explain', token, '--path', '/plain/x')['decision'], 'allow')
        forged = '.'.join((head, claims, ('A' if signature[0] != 'A' else 'B') + signature[1:]))
        self.assertEqual(reason_of(house.call('Bearer ' + forged)[2]), 'token_signature')
        self.assertEqual(self.told(house, 'whoami', forged)['reason'], 'token_signature')
        self.assertEqual(self.told(house, 'explain', forged, '--path', '/plain/x')['reason'], 'token_signature')
        late = self.told(house, 'whoami', token, '--at', '2040-01-01T00:00:00Z')
        self.assertEqual((late['steps'][-1]['check'], late['reason']), ('dates', 'token_expired'))
        # Where there is no store to read, the gateway that runs is asked, and without one nothing is claimed.
        with open(house.world.path('gateway.toml'), encoding='utf-8') as file:
            text = file.read()
        house.world.write('other.toml', text.replace('[gateway]', '[gateway]\nstate_dir = "elsewhere"', 1))
        told = self.told(house, 'whoami', token, config='other.toml')
        self.assertEqual((told['proved'], told['caller']['groups']), (True, ['chunk-readers', 'rag-batch']))
        self.assertEqual(self.told(house, 'explain', token, '--path', '/plain/x', config='other.toml')['decision'], 'allow')
        self.assertEqual(house.world.stop(), [])
        self.assertTrue(self.told(house, 'whoami', token)['proved'])   # its store is there
        for command, more in (('whoami', ()), ('explain', ('--path', '/plain/x'))):
            told = self.told(house, command, token, *more, config='other.toml')
            self.assertEqual(told['reason'], 'token_keys_unavailable')
            self.assertIn("the keys of the gateway's own tokens are not known: there is no store in", told['notes'][0])
        self.assertFalse(os.path.exists(house.world.path('elsewhere')))

    def test_a_token_dies_with_its_provider_and_is_for_one_gateway(self):
        house = self.house()
        token = house.exchange(house.assertion())[2]['access_token']
        self.assertEqual(house.call('Bearer ' + token)[0], 200)
        for change, reason in ((('audience = "gateway-1"', 'audience = "gateway-2"'), 'token_audience'),
                               (('issuer = "https://gateway.example"', 'issuer = "https://elsewhere.example"'), 'token_issuer'),
                               (('name = "corporate"', 'name = "renamed"'), 'token_issuer')):
            house.edit(change)
            self.assertEqual(house.reload().returncode, 0)
            status, _, body = house.call('Bearer ' + token)
            self.assertEqual((status, reason_of(body)), (401, reason))
            house.edit(change[::-1])
            self.assertEqual(house.reload().returncode, 0)
            self.assertEqual(house.call('Bearer ' + token)[0], 200)

    def test_a_token_is_no_assertion_and_an_assertion_no_token(self):
        house = self.house()
        assertion = house.assertion()
        token = house.exchange(assertion)[2]['access_token']
        self.refused(house.exchange(token), 400, 'invalid_grant', 'saml_malformed')
        self.assertEqual(reason_of(house.call('SAML ' + text_of(token))[2]), 'saml_malformed')
        self.assertEqual(reason_of(house.call('SAML ' + token)[2]), 'saml_malformed')
        known = text_of(house.assertion())
        self.assertEqual(house.call('SAML ' + known)[0], 200)
        self.assertEqual(reason_of(house.call('Bearer ' + known)[2]), 'token_malformed')   # though it is in the cache
        self.assertEqual(reason_of(house.call('SAML ' + house.readers)[2]), 'saml_malformed')

    def test_an_exchange_begins_with_a_reload(self):
        house = self.house()
        text = house.written()
        house.place('gateway.toml', text[:text.index('[token_exchange]')] + text[text.index('[[rule]]'):])
        self.assertEqual(house.reload().returncode, 0)
        self.assertEqual(reason_of(house.post(house.form(house.assertion()))[2]), 'token_missing')
        house.place('gateway.toml', text)
        self.assertEqual(house.reload().returncode, 0)
        eventually('keys', lambda: house.keys()[0] == 200)
        self.assertEqual(house.exchange(house.assertion())[0], 200)


class Bearer(WithHouse):
    def test_an_assertion_is_shown_with_requests_until_it_ends(self):
        house = self.house()
        shown = text_of(house.assertion())
        hits = metric(house, 'gatehouse_token_cache_hits_total')
        status, head, _ = house.call('SAML ' + shown)
        self.assertEqual(status, 200)
        said = recorded(house, head)
        self.assertEqual((said['proof'], said['subject'], said['rule']), ('saml', 'nightly-rag-ingest', ['plain']))
        for scheme in ('SAML', 'saml', 'Saml'):
            self.assertEqual(house.call(f'{scheme} {shown}')[0], 200)
        eventually('hits', lambda: metric(house, 'gatehouse_token_cache_hits_total') >= hits + 3)
        for head, _ in self.origin.asked:
            self.assertIsNone(field(head, 'Authorization'))
        self.assertEqual(house.exchange(house.assertion())[0], 200)
        brief = text_of(house.assertion(life=2))
        eventually('its end', lambda: house.call('SAML ' + brief)[0] == 401)

    def test_what_is_not_for_the_data_path_is_refused_there(self):
        house = self.house()
        once = house.assertion(conditions_more='<saml:OneTimeUse/>')
        self.assertEqual(reason_of(house.call('SAML ' + text_of(once))[2]), 'saml_conditions')
        self.assertEqual(house.exchange(once)[0], 200)
        for credential, reason in (('SAML ' + text_of(house.assertion().replace('readers', 'writers')), 'saml_signature'),
                                   ('SAML', 'token_missing'), ('SAML ', 'token_missing'), ('SAML  ' + text_of(house.assertion()), 'saml_malformed'),
                                   ('SAML ' + 'A' * 20000, 'saml_malformed'), ('SAMLX ' + text_of(house.assertion()), 'token_missing')):
            status, head, body = house.call(credential)
            self.assertEqual((status, reason_of(body)), (401, reason))
            self.assertIsNotNone(field(head, 'WWW-Authenticate'))
        self.assertEqual(self.origin.asked, [])

    def test_two_credentials(self):
        house = self.house()
        with house.client() as wire:
            wire.send(f'GET /plain/x HTTP/1.1\r\nHost: gate\r\nAuthorization: SAML {text_of(house.assertion())}\r\n'
                      f'Authorization: Bearer {house.readers}\r\n\r\n'.encode())
            self.assertEqual(reason_of(wire.message()[1]), 'token_two_sources')

    def test_a_replaced_metadata_file_ends_what_the_old_key_signed(self):
        house = self.house()
        shown = text_of(house.assertion())
        self.assertEqual(house.call('SAML ' + shown)[0], 200)
        with tempfile.TemporaryDirectory() as folder:
            house.place('idp.xml', saml_provider.Provider(folder, 'p256').metadata())
        self.assertEqual(house.reload().returncode, 0)
        self.assertEqual(reason_of(house.call('SAML ' + shown)[2]), 'saml_signature')


class Hostile(WithHouse):
    def test_huge_and_slow_bodies(self):
        house = self.house()
        head = f'POST /oauth/token HTTP/1.1\r\nHost: gate\r\n{FORM}\r\n'
        with house.client() as wire:   # refused by what it says
            wire.send((head + 'Content-Length: 1000000000\r\n\r\n').encode())
            answer = wire.message()
            self.assertEqual((status_of(answer[0]), reason_of(answer[1])), (413, 'limit_request_bytes'))
        with house.client() as wire:   # by what comes
            wire.send((head + 'Transfer-Encoding: chunked\r\n\r\n').encode())
            try:
                for _ in range(200):
                    wire.send(b'1000\r\n' + b'a' * 4096 + b'\r\n')
            except OSError:
                pass
            self.assertEqual(status_of(wire.message()[0]), 413)
        self.assertEqual(house.exchange(house.assertion())[0], 200)
        self.origin.stop()
        house = self.house(deadlines='progress = "1s"')
        with house.client() as wire:   # one that stops in its middle
            wire.send((head + 'Content-Length: 1000\r\n\r\ngrant_type=').encode())
            answer = wire.message()
            self.assertEqual((status_of(answer[0]), json.loads(answer[1])['error']), (408, 'invalid_request'))
        with house.client() as wire:   # and one that drips
            wire.send((head + 'Content-Length: 100000\r\n\r\n').encode())
            try:
                for _ in range(100):
                    wire.send(b'a')
                    time.sleep(0.05)
            except OSError:
                pass
            self.assertEqual(status_of(wire.message()[0]), 408)

    def test_clients_that_leave(self):
        house = self.house(workers=2)
        good = [house.form(house.assertion()) for _ in range(20)]
        before = at_rest(house)
        for body in good:
            with house.client() as wire:
                wire.send(f'POST /oauth/token HTTP/1.1\r\nHost: gate\r\n{FORM}\r\nContent-Length: {len(body)}\r\n\r\n'.encode() + body)
        for body in good[:10]:   # all at once, and half of a body
            with house.client() as wire:
                wire.send(f'POST /oauth/token HTTP/1.1\r\nHost: gate\r\n{FORM}\r\nContent-Length: {len(body)}\r\n\r\n'.encode() + body[:50])
        shown = text_of(house.assertion())
        for _ in range(10):
            with house.client() as wire:
                wire.send(f'GET /plain/x HTTP/1.1\r\nHost: gate\r\nAuthorization: SAML {shown[:-4]}AAAA\r\n\r\n'.encode())
        self.assertEqual(house.exchange(house.assertion())[0], 200)
        eventually('descriptors are given back', lambda: descriptors(house) <= before + 4)
        # Whoever left before its token came: the assertion was used, or the request was not seen. Never two tokens.
        for body in good:
            self.assertIn(house.post(body)[0], (200, 400))
            self.refused(house.post(body), 400, 'invalid_grant', 'saml_replayed')

    def test_failures_have_the_budget_of_tokens(self):   # of which one of an assertion takes sixteen times as much
        house = self.house(limits='failed_tokens = 64\nfailed_tokens_connection = 4')
        good = house.form(house.assertion())
        self.assertEqual(house.call('Bearer ' + house.readers)[0], 200)
        bad = house.form(house.assertion().replace('nightly', 'daytime'))
        shown = text_of(house.assertion())   # signed before: time pays the budget back
        with house.client() as wire:
            for _ in range(4):
                self.refused(house.post(bad, client=wire), 400, 'invalid_grant', 'saml_signature')
            self.assertEqual(wire.until_end(), b'')   # that was enough of this connection
        def over():   # time pays it back, two seconds for an assertion: whoever is held up for so long tries again
            eventually('it is used up', lambda: house.post(bad)[0] == 429)
        for _ in range(20):
            over()
            answer = house.post(good)
            if answer[0] == 429:
                break
            good = house.form(house.assertion())
        self.refused(answer, 429, 'temporarily_unavailable', 'token_failures')
        self.assertEqual(field(answer[1], 'Retry-After'), '1')
        for _ in range(20):
            over()
            status, _, body = house.call('SAML ' + shown)
            if status == 429:
                break
            shown = text_of(house.assertion())
        self.assertEqual((status, reason_of(body)), (429, 'token_failures'))
        self.assertEqual(house.call('Bearer ' + house.readers)[0], 200)   # a known token goes on
        eventually('time pays it back', lambda: house.post(good)[0] == 200)

    def test_a_thousand_assertions_at_once_stall_nobody(self):
        house = self.house(workers=1, limits='failed_tokens = 1000000\nfailed_tokens_connection = 1000000')
        bad = house.assertion()
        bodies = [house.form(bad.replace('nightly', f'night{number:03}')) for number in range(1000)]
        good = house.form(house.assertion())
        answers = []

        def others(seconds):
            took = []
            with house.client() as wire:
                until = time.monotonic() + seconds
                while time.monotonic() < until:
                    began = time.monotonic()
                    wire.send(house.request('GET', '/plain/x'))
                    self.assertEqual(status_of(wire.message()[0]), 200)
                    took.append(time.monotonic() - began)
            return sorted(took)

        def flood(part):
            wires = [house.client() for _ in part]
            for wire, body in zip(wires, part):
                wire.send(f'POST /oauth/token HTTP/1.1\r\nHost: gate\r\n{FORM}\r\nContent-Length: {len(body)}\r\n\r\n'.encode() + body)
            for wire in wires:
                head, body = wire.message()
                answers.append((status_of(head), reason_of(body)))
                wire.sock.close()
        before = others(2)
        thread = threading.Thread(target=lambda: [flood(bodies[at:at + 250]) for at in range(0, 1000, 250)])
        thread.start()
        during = others(2)
        thread.join()
        self.assertEqual({answer for answer in answers} - {(400, 'saml_signature'), (503, 'saml_busy')}, set())
        self.assertEqual(len(answers), 1000)
        self.assertIn((400, 'saml_signature'), answers)
        at = lambda took, percent: took[len(took) * percent // 100]
        print(f'others: p99 {at(before, 99) * 1e3:.2f} ms before, {at(during, 99) * 1e3:.2f} ms during 1,000 assertions; '
              f'{sum(one[0] == 503 for one in answers)} of them refused as too many', file=sys.stderr)
        self.assertLess(at(during, 50), max(0.1, at(before, 50) * 20))   # the middle: a busy machine holds some of them up by itself
        self.assertEqual(house.post(good)[0], 200)


GUARDED = '''
[[rule]]
name = "looked-at"
effect = "allow"
groups = ["readers"]
paths = ["/looked/**"]
origin = "origin"
guards = ["destructive-sql"]
'''


class Strangers(WithHouse):
    def test_slow_bodies_of_nobody_take_no_room_of_who_is_proved(self):
        house = self.house(more=GUARDED, limits='body_memory = "8MiB"\nbody_rate = "0"', deadlines='progress = "5m"')
        began = f'POST /oauth/token HTTP/1.1\r\nHost: gate\r\n{FORM}\r\nContent-Length: 100000\r\n\r\n'.encode() + b'assertion=' + b'x' * 80000
        wires = [house.client() for _ in range(200)]   # twice what there is, were it theirs
        for wire in wires:
            self.addCleanup(wire.sock.close)
            try:
                wire.send(began)
            except (BrokenPipeError, ConnectionResetError):
                pass   # refused before all of it was taken
        answered = lambda: select.select([wire.sock for wire in wires], [], [], 0)[0]
        eventually('an eighth has room for nine', lambda: len(answered()) >= 180)
        for wire in wires:
            if wire.sock in answered():
                head, body = wire.message()
                self.assertEqual((status_of(head), reason_of(body)), (503, 'limit_memory'))
        large = b'{"text": "' + b'y' * (4 << 20) + b'"}'
        with house.client() as client:
            client.send(house.request('POST', '/looked/x', large, ['Content-Type: application/json']))
            self.assertEqual(status_of(client.message()[0]), 200)
        self.assertEqual(house.exchange(house.assertion())[0], 200)   # it came in one piece
        for wire in wires:
            wire.sock.close()
        def slowly():
            body = house.form(house.assertion())
            with house.client() as wire:
                wire.send(f'POST /oauth/token HTTP/1.1\r\nHost: gate\r\n{FORM}\r\nContent-Length: {len(body)}\r\n\r\n'.encode())
                time.sleep(0.05)   # so that it comes in two; either way is well
                wire.send(body)
                return status_of(wire.message()[0]) == 200
        eventually('their room is given back', slowly)


class Checked(unittest.TestCase):
    def check(self, *changes):
        house = House()
        self.addCleanup(house.__exit__, None)
        text = house.text()
        for old, new in changes:
            self.assertIn(old, text)
            text = text.replace(old, new, 1)
        house.world.write('gateway.toml', text)
        done = house.world.gatehouse('check', '--config', 'gateway.toml', check=False)
        return done.returncode, done.out + done.err

    def test_what_would_confuse_issuers_or_pile_up_keys_is_no_configuration(self):
        self.assertEqual(self.check()[0], 0)
        own = 'issuer = "https://gateway.example"'
        for changes, words in (
                (((own, 'issuer = "http://127.0.0.1:1"'),), 'would issue tokens as issuer'),
                (((own, 'issuer = "HTTP://127.0.0.1:1/"'),), 'would issue tokens as issuer'),
                (((own, f'issuer = "{House.provider.entity}"'),), 'called as the gateway itself'),
                (((own, 'issuer = "gateway"'),), 'not a URL'),
                (((own, ''),), 'without an issuer'),
                (((own, own + '\npath = "/oauth//token"'),), 'no path in normal form'),
                (((own, own + '\nkeys_path = "/oauth/token"'),), 'are the same'),
                (((own, own + '\nlifetime = "1h"\nrotation = "10m"'),), 'shorter than'),
                (((own, own + '\nlifetime = "61m"'),), 'lifetime')):
            code, said = self.check(*changes)
            self.assertEqual((code, words in said), (78, True), (changes, said))


if __name__ == '__main__':
    if not saml_provider.there():
        print('skipped: xmlsec1 or openssl is missing (tools/setup --tests)')
        sys.exit(77)
    unittest.main(verbosity=2)
