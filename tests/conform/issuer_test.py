"""Issuers that hang, drip, lie, rotate or answer nonsense, on real sockets, and what callers notice of it. Usage: issuer_test.py BUILD"""
import base64
import json
import os
import socket
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ends import Recorder, eventually, metric, reason_of, status_of  # noqa: E402
from gateway import AUDIENCE, PATIENCE, Gateway  # noqa: E402

BUILD = sys.argv.pop(1)


def page(body, head='HTTP/1.1 200 OK', more=''):
    body = body.encode() if isinstance(body, str) else body
    return f'{head}\r\n{more}Content-Length: {len(body)}\r\n\r\n'.encode() + body


class Issuer:
    """Answers what it is told to by path; a function gets the socket and does as it likes. Counts what it is asked."""

    def __init__(self):
        self.pages, self.asked, self.lock = {}, [], threading.Lock()
        self.listener = socket.socket()
        self.listener.bind(('127.0.0.1', 0))
        self.listener.listen(64)
        self.url = 'http://127.0.0.1:%d' % self.listener.getsockname()[1]
        self.stopped = threading.Event()
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                sock = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock):
        with sock:
            data = b''
            try:
                while b'\r\n\r\n' not in data:
                    got = sock.recv(4096)
                    if not got:
                        return
                    data += got
                path = data.split(b' ')[1].decode()
                with self.lock:
                    self.asked.append(path)
                    what = self.pages.get(path, page('no', 'HTTP/1.1 404 Not Found'))
                if callable(what):
                    what(sock)
                else:
                    sock.sendall(what)
            except OSError:
                return

    def tell(self, path, what):
        with self.lock:
            self.pages[path] = what

    def count(self, path):
        with self.lock:
            return self.asked.count(path)

    def stop(self):
        self.stopped.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


WELL_KNOWN = '/.well-known/openid-configuration'


class House(Gateway):
    """A gateway whose issuer's keys come by discovery from an Issuer of ours."""

    def __init__(self, issuer, refresh='1s', source=''):
        self.issuer = issuer
        super().__init__(BUILD)
        self.config = self.config.replace('url = "{issuer}"', f'url = "{issuer.url}"').replace(
            'jwks_file = "keys/jwks.json"', f'jwks_refresh = "{refresh}"\n{source}')
        self.keys = 0
        self.published = []
        self.key = self.make_key()
        self.publish(self.key)
        issuer.tell(WELL_KNOWN, page(json.dumps({'issuer': issuer.url, 'jwks_uri': issuer.url + '/keys'})))

    def make_key(self):
        self.keys += 1
        self.world.tool('issuer', 'keys', '--dir', f'key{self.keys}')
        return f'key{self.keys}'

    def publish(self, *keys, more=()):
        """The issuer's key set from now on."""
        found = list(more)
        for key in keys:
            with open(self.world.path(key, 'jwks.json'), encoding='ascii') as file:
                found += json.load(file)['keys']
        self.issuer.tell('/keys', page(json.dumps({'keys': found})))

    def signed(self, key, issuer=None):
        return self.world.tool('issuer', 'token', '--key-file', f'{key}/key.pem', '--issuer', issuer or self.issuer.url, '--client',
                               'job-7', '--audience', AUDIENCE, '--groups', 'readers').out.strip()

    def call(self, token):
        with self.client() as client:
            client.send(self.request('GET', '/plain/x', token=token))
            head, body = client.message()
        return status_of(head), reason_of(body) if status_of(head) != 200 else None

    def verbose(self):
        with self.health_client() as client:
            client.send(b'GET /readyz?verbose HTTP/1.1\r\nHost: gate\r\n\r\n')
            head, body = client.message()
        return status_of(head), body.decode()

    def failures(self):
        return metric(self, 'gatehouse_issuer_fetch_failures_total{issuer="test"}')

    def fetched(self):
        return metric(self, 'gatehouse_issuer_keys_fetched_time_seconds{issuer="test"}')


class WithIssuer(unittest.TestCase):
    def setUp(self):
        self.issuer = Issuer()
        self.addCleanup(self.issuer.stop)

    def house(self, **settings):
        house = House(self.issuer, **settings)
        house.start()
        self.addCleanup(house.__exit__, None)
        origin = Recorder(house)
        self.addCleanup(origin.stop)
        return house


class Discovery(WithIssuer):
    def test_an_issuer_without_keys_in_the_configuration_is_asked_where_they_are(self):
        house = self.house(refresh='5m')
        self.assertEqual(house.call(house.signed(house.key))[0], 200)
        self.assertEqual(self.issuer.asked, [WELL_KNOWN, '/keys'])
        self.assertIn('[+] issuer test ok: 1 keys', house.verbose()[1])

    def test_an_issuer_with_oauth_metadata_only(self):
        self.issuer.pages['/.well-known/oauth-authorization-server'] = page(
            json.dumps({'issuer': self.issuer.url, 'jwks_uri': self.issuer.url + '/keys'}))
        house = House(self.issuer, refresh='5m')
        del self.issuer.pages[WELL_KNOWN]
        with house:
            origin = Recorder(house)
            self.assertEqual(house.call(house.signed(house.key))[0], 200)
            origin.stop()

    def refused(self, document, why):
        house = House(self.issuer, refresh='5m')
        self.issuer.tell(WELL_KNOWN, document)
        house.world.ready = lambda *_: None   # it will not be
        try:
            house.start()
            eventually('it is said', lambda: self.said(house, why))
            self.assertEqual(house.verbose()[0], 503)
            self.assertEqual(house.call(house.signed(house.key)), (503, 'token_keys_unavailable'))
            self.assertEqual(self.issuer.count('/keys'), 0)
        finally:
            house.__exit__(None)

    def said(self, house, why):
        try:
            return why in house.verbose()[1]
        except OSError:
            return False

    def document(self, **members):
        return page(json.dumps({'issuer': self.issuer.url, 'jwks_uri': self.issuer.url + '/keys', **members}))

    def test_a_document_of_another_issuer_is_refused(self):
        self.refused(self.document(issuer=self.issuer.url + '/'), 'another issuer')

    def test_keys_on_another_host_are_not_fetched(self):
        self.refused(self.document(jwks_uri='http://127.0.0.2:1/keys'), 'another host')

    def test_keys_in_clear_beyond_loopback_are_not_fetched(self):
        self.refused(self.document(jwks_uri='http://issuer.example/keys'), 'https')

    def test_a_file_is_no_place_for_keys(self):
        self.refused(self.document(jwks_uri='file:///etc/passwd'), 'https')

    def test_a_redirect_is_not_followed(self):
        self.refused(page('', 'HTTP/1.1 302 Found', f'Location: {self.issuer.url}/keys\r\n'), 'redirects')

    def test_a_login_page_is_no_document(self):
        self.refused(page('<!doctype html><title>Sign in</title>', more='Content-Type: text/html\r\n'), 'JSON')

    def test_what_it_says_reaches_no_terminal_as_it_is(self):
        house = House(self.issuer, refresh='5m')
        self.issuer.tell(WELL_KNOWN, self.document(issuer='http://\x1b[2Jevil\u202e'))
        house.world.ready = lambda *_: None
        try:
            house.start()
            eventually('it is said', lambda: self.said(house, 'another issuer'))
            self.assertNotIn('\x1b', house.verbose()[1])
            self.assertNotIn('\u202e', house.verbose()[1])
        finally:
            house.__exit__(None)

    def test_keys_on_another_host_when_it_is_allowed(self):
        house = House(self.issuer, refresh='5m', source='keys_host = "localhost"')
        # An address of this machine by another name; plain http is for figures, so that the name is refused for another reason.
        self.issuer.tell(WELL_KNOWN, self.document(jwks_uri='https://localhost:1/keys'))
        house.world.ready = lambda *_: None
        try:
            house.start()
            eventually('it was asked', lambda: self.said(house, 'cannot be reached'))
        finally:
            house.__exit__(None)


class Misbehaving(WithIssuer):
    """Callers with known keys notice nothing of an issuer that has gone wrong."""

    def unnoticed(self, break_it, path='/keys', hangs=False):
        house = self.house()
        token = house.signed(house.key)
        self.assertEqual(house.call(token)[0], 200)
        before, asked, meanwhile = house.failures(), self.issuer.count(path), 0
        self.issuer.tell(path, break_it)
        deadline = time.monotonic() + PATIENCE
        while house.failures() < before + 1:
            self.assertLess(time.monotonic(), deadline, 'the issuer was not noticed')
            meanwhile += self.issuer.count(path) > asked
            self.assertEqual(house.call(token), (200, None))
        if hangs:   # for five seconds: whoever waited for it would be one alone
            self.assertGreater(meanwhile, 3)
        self.assertEqual(house.verbose()[0], 200)
        self.assertIn('the last refresh failed', house.verbose()[1])
        house.publish(house.key)
        self.issuer.tell(WELL_KNOWN, page(json.dumps({'issuer': self.issuer.url, 'jwks_uri': self.issuer.url + '/keys'})))
        eventually('it works again', lambda: 'refresh failed' not in house.verbose()[1])

    def test_hanging(self):
        self.unnoticed(lambda sock: self.issuer.stopped.wait(PATIENCE), hangs=True)

    def test_hanging_discovery(self):
        self.unnoticed(lambda sock: self.issuer.stopped.wait(PATIENCE), WELL_KNOWN, hangs=True)

    def drip(self, sock):
        sock.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n')
        while not self.issuer.stopped.wait(0.05):
            sock.sendall(b' ')

    def test_dripping(self):
        self.unnoticed(self.drip, hangs=True)

    def test_huge(self):
        self.unnoticed(page(b' ' * (256 * 1024 + 1)))

    def endless(self, sock):
        sock.sendall(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
        while not self.issuer.stopped.is_set():
            sock.sendall(b'1000\r\n' + b' ' * 0x1000 + b'\r\n')

    def test_endless(self):
        self.unnoticed(self.endless)

    def test_html(self):
        self.unnoticed(page('<html>login</html>', more='Content-Type: text/html\r\n'))

    def test_server_error(self):
        self.unnoticed(page('down', 'HTTP/1.1 503 Service Unavailable'))

    def test_redirect_elsewhere(self):
        trap = Issuer()
        self.addCleanup(trap.stop)
        self.unnoticed(page('', 'HTTP/1.1 307 Temporary Redirect', f'Location: {trap.url}/keys\r\n'))
        self.assertEqual(trap.asked, [])

    def test_garbage_instead_of_http(self):
        self.unnoticed(b'\x16\x03\x01\x00\x02\x02\x28')

    def test_a_closed_door(self):
        self.unnoticed(lambda sock: None)

    def test_a_key_set_with_a_private_key(self):
        self.unnoticed(page(json.dumps({'keys': [{'kty': 'EC', 'crv': 'P-256', 'kid': 'a', 'd': 'AA', 'x': 'AA', 'y': 'AA'}]})))

    def test_a_lying_document(self):
        self.unnoticed(page(json.dumps({'issuer': 'http://127.0.0.1:1', 'jwks_uri': self.issuer.url + '/other'})), WELL_KNOWN)
        self.assertEqual(self.issuer.count('/other'), 0)

    def test_two_answers_of_one_length(self):
        self.unnoticed(b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}')


class Rotating(WithIssuer):
    def test_a_new_key_is_asked_for_when_it_is_first_seen_and_no_call_is_refused(self):
        house = self.house(refresh='1h')
        self.assertEqual(house.call(house.signed(house.key))[0], 200)
        fresh = house.make_key()
        house.publish(house.key, fresh)
        results = []

        def call():
            results.append(house.call(house.signed(fresh)))
        callers = [threading.Thread(target=call) for _ in range(64)]
        for each in callers:
            each.start()
        for each in callers:
            each.join()
        self.assertEqual(results, [(200, None)] * 64)
        self.assertEqual(house.call(house.signed(house.key))[0], 200)
        self.assertEqual(self.issuer.count('/keys'), 2)

    def test_300_unknown_keys_cause_at_most_3_fetches(self):
        house = self.house(refresh='1h')
        strange = [house.signed(house.make_key()) for _ in range(3)]
        # The same signature under 300 key ids: nobody gets as far as the signature.
        import base64

        def under(kid):
            head = base64.urlsafe_b64encode(json.dumps({'alg': 'ES256', 'kid': kid}).encode()).rstrip(b'=').decode()
            return '.'.join([head] + strange[0].split('.')[1:])
        began = time.monotonic()
        for number in range(300):
            self.assertEqual(house.call(under(f'kid-{number}')), (401, 'token_key'))
        again = (time.monotonic() - began) // 30   # so often another one is allowed
        self.assertLessEqual(self.issuer.count('/keys') + self.issuer.count(WELL_KNOWN) - 1, 3 + again)
        self.assertEqual(house.call(house.signed(house.key))[0], 200)

    def test_callers_of_unknown_keys_wait_for_a_hanging_issuer_and_nobody_else_does(self):
        house = self.house(refresh='1h')
        token = house.signed(house.key)
        fresh = house.make_key()
        self.issuer.tell('/keys', lambda sock: self.issuer.stopped.wait(PATIENCE))
        waiting = []
        caller = threading.Thread(target=lambda: waiting.append(house.call(house.signed(fresh))))
        caller.start()
        eventually('the issuer is asked', lambda: self.issuer.count('/keys') == 2)
        meanwhile = 0
        for _ in range(20):
            self.assertEqual(house.call(token)[0], 200)
            meanwhile += not waiting
        self.assertGreater(meanwhile, 3)
        caller.join()
        self.assertEqual(waiting[0], (401, 'token_key'))

    def test_no_known_caller_waits_while_an_issuer_hangs(self):
        """Proved by order, not by time: of each call that begins and ends while one and the same question hangs, the answer came
        without the issuer's; only a call that is under way when a question is given up may be answered after that. What it costs in
        time measures bench/peers/hanging_issuer."""
        house = self.house(refresh='1s')
        token = house.signed(house.key)
        hangs, ended = [], []   # questions, by number

        def hang(sock):
            number = len(hangs)
            hangs.append(number)
            sock.settimeout(PATIENCE)
            sock.recv(1)   # nothing, when the gateway gives it up
            ended.append(number)
        with house.client() as client:
            def call():
                client.send(house.request('GET', '/plain/x', token=token))
                self.assertEqual(status_of(client.message()[0]), 200)
            call()   # from now on the caller is known
            verified = metric(house, 'gatehouse_token_cache_misses_total')
            fetched = house.fetched()
            self.issuer.tell('/keys', hang)
            eventually('the issuer hangs', lambda: hangs)
            within, spanning = 0, 0
            while within < 300:
                hanging, over = len(hangs), len(ended)
                call()
                if hanging > over:
                    if len(ended) == over:
                        within += 1
                    else:
                        spanning += 1   # the question ended meanwhile
                self.assertLessEqual(spanning, within + 3)
        self.assertEqual(house.fetched(), fetched)   # nothing came from the issuer all the while
        self.assertEqual(metric(house, 'gatehouse_token_cache_misses_total'), verified)   # nor was a signature looked at

    def test_who_leaves_while_waiting_is_recorded_without_the_token(self):
        house = self.house(refresh='1h')
        fresh = house.signed(house.make_key())
        self.issuer.tell('/keys', lambda sock: self.issuer.stopped.wait(PATIENCE))
        with house.client() as client:
            client.send(house.request('GET', '/plain/leaver', token=fresh))
            eventually('the issuer is asked', lambda: self.issuer.count('/keys') == 2)
            client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\x01\0\0\0\0\0\0\0')
        eventually('it is over', lambda: any(each['reason'] not in ('none', '') for each in house.listed(now=True)))
        for folder in (house.world.path('records'), house.rings):
            for at, _, names in os.walk(folder):
                for name in names:
                    with open(os.path.join(at, name), 'rb') as file:
                        self.assertNotIn(fresh.encode(), file.read())

    def test_a_removed_key_is_refused_within_two_refresh_periods(self):
        house = self.house(refresh='2s')
        old, fresh = house.signed(house.key), house.make_key()
        self.assertEqual(house.call(old)[0], 200)
        house.publish(fresh)
        asked = self.issuer.count('/keys')   # one is perhaps answered with the old ones at this moment
        while house.call(old)[0] == 200:
            self.assertLess(self.issuer.count('/keys') - asked, 3)
        self.assertEqual(house.call(old), (401, 'token_key'))
        self.assertEqual(house.call(house.signed(fresh))[0], 200)

    def test_a_key_that_cannot_be_used_keeps_no_good_one_out_and_no_removed_one_in(self):
        """RFC 7517 section 5: it is ignored, by itself."""
        house = self.house(refresh='1s')
        old, fresh = house.signed(house.key), house.make_key()
        self.assertEqual(house.call(old)[0], 200)
        weak = {'kty': 'RSA', 'kid': 'weak', 'e': 'AQAB', 'n': base64.urlsafe_b64encode(b'\xff' * 128).rstrip(b'=').decode()}
        house.publish(fresh, more=[weak])
        eventually('the new key', lambda: house.call(house.signed(fresh))[0] == 200)
        self.assertEqual(house.call(old), (401, 'token_key'))
        self.assertIn('1 keys, left out: key 1: "weak": RSA modulus of 1024 bits', house.verbose()[1])
        house.publish(more=[weak])   # nothing that can be used is a lie, no withdrawal
        eventually('it was noticed', lambda: 'the last refresh failed' in house.verbose()[1])
        self.assertEqual(house.call(house.signed(fresh))[0], 200)

    def test_a_removed_key_is_refused_though_the_configuration_file_is_broken(self):
        house = self.house(refresh='1s')
        old = house.signed(house.key)
        house.world.write('gateway.toml', 'broken')
        self.assertEqual(house.world.gatehouse('reload', '--socket', 'run/admin.sock', check=False).returncode, 78)
        house.publish(house.make_key())
        eventually('it is refused', lambda: house.call(old)[0] == 401)

    def test_keys_that_move_are_followed(self):
        house = self.house(refresh='1s')
        fresh = house.make_key()
        with open(house.world.path(fresh, 'jwks.json'), encoding='ascii') as file:
            self.issuer.tell('/moved', page(file.read()))
        self.issuer.tell(WELL_KNOWN, page(json.dumps({'issuer': self.issuer.url, 'jwks_uri': self.issuer.url + '/moved'})))
        eventually('the new place', lambda: house.call(house.signed(fresh))[0] == 200)
        eventually('the old key is gone', lambda: house.call(house.signed(house.key))[0] == 401)


if __name__ == '__main__':
    unittest.main()
