"""`gatehouse init` against the development issuer, and against issuers that lie, hang, redirect and never end.
Usage: init_test.py PROGRAM ISSUER SOURCE_ROOT"""
import contextlib
import json
import os
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import tomllib
import unittest

PROGRAM, ISSUER, ROOT = (os.path.abspath(path) for path in (sys.argv.pop(1), sys.argv.pop(1), sys.argv.pop(1)))
sys.path.insert(0, os.path.join(ROOT, 'tests/tools'))
from program import Program  # noqa: E402

ORIGIN = 'http://127.0.0.1:9700'


def init(issuer, *more, origin=ORIGIN):
    return subprocess.run([PROGRAM, 'init', '--origin', origin, '--issuer', issuer, *more], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=60)


def document(**fields):
    return json.dumps(fields).encode()


def answer(body, head=b'HTTP/1.1 200 OK', length=None):
    return head + b'\r\nContent-Length: %d\r\n\r\n' % (len(body) if length is None else length) + body


class Scripted:
    """An issuer on a real socket. `script(path, url)` gives the bytes of an answer, a list of pieces, or None: silence."""

    def __init__(self, script, tls=None):
        self.script, self.tls, self.asked = script, tls, []
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.url = ('https' if tls else 'http') + '://127.0.0.1:%d' % self.listener.getsockname()[1]
        self.open = []
        self.accepting = threading.Thread(target=self.run, daemon=True)
        self.accepting.start()

    def run(self):
        with contextlib.suppress(OSError):
            while True:
                sock = self.listener.accept()[0]
                threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock):
        with contextlib.suppress(OSError, ssl.SSLError):
            if self.tls:
                sock = self.tls.wrap_socket(sock, server_side=True)
            self.open.append(sock)
            data = b''
            while b'\r\n\r\n' not in data:
                more = sock.recv(65536)
                if not more:
                    return
                data += more
            path = data.split(b' ')[1].decode()
            self.asked.append(path)
            said = self.script(path, self.url)
            if said is None:
                return   # it stays open: kept in self.open
            for piece in [said] if isinstance(said, bytes) else said:
                sock.sendall(piece)
            sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)   # wakes the thread: it must not accept for whoever gets the descriptor next
        self.accepting.join()
        self.listener.close()
        for sock in self.open:
            sock.close()


class Good(unittest.TestCase):
    def accepted(self, done):
        """The text is what a person may edit, and check and the TOML reader of Python both accept it."""
        self.assertEqual((done.returncode, done.stdout != ''), (0, True), done.stderr)
        self.assertLessEqual(len(done.stdout.splitlines()), 25)
        self.assertGreater(done.stdout.count('#'), 4)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'gatehouse.toml')
            with open(path, 'w', encoding='utf-8') as file:
                file.write(done.stdout)
            checked = subprocess.run([PROGRAM, 'check', '--config', path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertEqual(checked.returncode, 0, checked.stdout)
        return tomllib.loads(done.stdout)

    def test_the_development_issuer(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([ISSUER, 'keys', '--dir', f'{folder}/keys'], check=True, stdout=subprocess.DEVNULL)
            with open(f'{folder}/clients.toml', 'w', encoding='ascii') as file:
                file.write('[[client]]\nid = "a"\nsecret_file = "s"\ngroups = ["readers"]\n')
            with open(f'{folder}/s', 'w', encoding='ascii') as file:
                file.write('s3cret\n')
            with Program(ISSUER, 'serve', '--key-file', f'{folder}/keys/key.pem', '--clients', f'{folder}/clients.toml',
                         '--audience', 'urn:a') as issuer:
                url = f'http://127.0.0.1:{issuer.port}'
                made = self.accepted(init(url, '--audience', 'urn:a', '--group', 'readers'))
        (written,) = made['issuer']
        self.assertEqual((written['url'], written['jwks_url'], written['algorithms'], written['audiences']),
                         (url, url + '/jwks', ['ES256'], ['urn:a']))
        self.assertEqual(made['origin'][0]['address'], '127.0.0.1:9700')
        self.assertEqual(made['rule'][0]['groups'], ['readers'])

    def test_an_origin_in_figures(self):
        for origin, address, name in (('https://[::1]', '[::1]:443', '::1'), ('https://[::1]:8443', '[::1]:8443', '::1'),
                                      ('https://127.0.0.1:8443', '127.0.0.1:8443', '127.0.0.1')):
            with Scripted(lambda _, url: answer(document(issuer=url, jwks_uri=url + '/k'))) as issuer:
                (made,) = self.accepted(init(issuer.url, origin=origin))['origin']
            self.assertEqual((made['address'], made['server_name']), (address, name))

    def test_paths_of_issuers_and_where_they_are_asked(self):
        for path, first in (('', '/.well-known/openid-configuration'), ('/', '/.well-known/openid-configuration'),
                            ('/realms/a', '/realms/a/.well-known/openid-configuration')):
            with Scripted(lambda _, url, path=path: answer(document(issuer=url + path, jwks_uri=url + '/k'))) as issuer:
                made = self.accepted(init(issuer.url + path))
                self.assertEqual(made['issuer'][0]['url'], issuer.url + path)
                self.assertNotIn('algorithms', made['issuer'][0])
                self.assertEqual(issuer.asked, [first])

    def test_an_issuer_with_oauth_metadata_only(self):
        def script(path, url):
            if path == '/.well-known/oauth-authorization-server/realm':
                return answer(document(issuer=url + '/realm', jwks_uri=url + '/k'))
            return answer(b'none', b'HTTP/1.1 404 Not Found')
        with Scripted(script) as issuer:
            self.accepted(init(issuer.url + '/realm'))
            self.assertEqual(len(issuer.asked), 2)

    def test_an_origin_by_name_with_tls(self):
        with Scripted(lambda _, url: answer(document(issuer=url, jwks_uri=url + '/k'))) as issuer:
            (origin,) = self.accepted(init(issuer.url, origin='https://localhost'))['origin']
            self.assertRegex(origin['address'], r'^(127\.0\.0\.1|\[::1\]):443$')
            self.assertEqual((origin['host'], origin['tls'], origin['server_name']), ('localhost', True, 'localhost'))
            (origin,) = self.accepted(init(issuer.url, origin='http://localhost'))['origin']
            self.assertRegex(origin['address'], r':80$')
            self.accepted(init(issuer.url, origin='https://127.0.0.1:8443'))
            self.accepted(init(issuer.url, origin='http://[::1]:8080'))

    def test_keys_on_another_host_only_when_told(self):
        with Scripted(lambda _, url: answer(document(issuer=url, jwks_uri='https://keys.example.org/k'))) as issuer:
            done = init(issuer.url)
            self.assertEqual((done.returncode, done.stdout), (65, ''))
            self.assertIn('--keys-host keys.example.org', done.stderr)
            self.assertEqual(self.accepted(init(issuer.url, '--keys-host', 'keys.example.org'))['issuer'][0]['jwks_url'],
                             'https://keys.example.org/k')


class Bad(unittest.TestCase):
    def refused(self, code, done, says):
        self.assertEqual((done.returncode, done.stdout), (code, ''), done.stderr)
        self.assertRegex(done.stderr, says)
        self.assertNotRegex(done.stderr, '[\x00-\x09\x0b-\x1f\x7f\u202e]')

    def test_usage(self):
        for issuer, says in (('login.example.org', 'begin with https://'), ('http://192.0.2.1', 'loopback addresses only'),
                             ('http://localhost:1', 'loopback addresses only'), ('https://a:b@example.org', 'user or password'),
                             ('https://example.org/?x=1', 'no query'), ('https://example.org/#a', 'fragment'),
                             ('https://exa mple.org', 'malformed'), ('https://example.org/"', 'odd bytes')):
            self.refused(64, init(issuer), says)
        for origin, says in (('ftp://x', '--origin must begin'), ('https://127.0.0.1/v1', 'has a path'), ('https://', 'malformed')):
            self.refused(64, init('http://127.0.0.1:1', origin=origin), says)
        self.refused(64, subprocess.run([PROGRAM, 'init'], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True), '--origin')
        with Scripted(lambda _, url: answer(document(issuer=url, jwks_uri=url + '/k'))) as issuer:
            self.refused(64, init(issuer.url, '--audience', ''), 'no usable configuration')

    def test_nobody_there(self):
        with socket.socket() as closed:
            closed.bind(('127.0.0.1', 0))
            self.refused(69, init('http://127.0.0.1:%d' % closed.getsockname()[1]), 'cannot be reached')
        self.refused(69, init('https://nobody.invalid'), 'name is not found')
        self.refused(69, init('http://127.0.0.1:1', origin='https://nobody.invalid'), 'nobody.invalid is not found')

    def test_hanging(self):
        with Scripted(lambda *_: None) as issuer:
            self.refused(69, init(issuer.url), 'took too long')
        with Scripted(lambda *_: None) as issuer:
            issuer.script = lambda *_: (issuer.open[-1].sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{'), None)[1]
            self.refused(69, init(issuer.url), 'took too long')

    def test_refusing(self):
        for status, code in ((404, 69), (500, 69), (302, 69), (403, 69)):
            said = b'HTTP/1.1 %d X\r\nLocation: http://127.0.0.1:1/' % status
            with Scripted(lambda *_, said=said: answer(b'', said)) as issuer:
                self.refused(code, init(issuer.url), str(status))

    def test_lying(self):
        def says(text, *body):
            for each in body:
                with self.subTest(each[:60]), Scripted(lambda _, url, each=each: answer(each.replace(b'URL', url.encode()))) as issuer:
                    self.refused(65, init(issuer.url), text)
        says('another issuer', b'{"issuer":"https://evil.example","jwks_uri":"URL/k"}', b'{"issuer":"URL/","jwks_uri":"URL/k"}',
             b'{"issuer":"\\u001b[31m\\u202e","jwks_uri":"URL/k"}', b'{"issuer":"%s"}' % (b'x' * 5000))
        says('no issuer', b'{"jwks_uri":"URL/k"}', b'{"issuer":7,"jwks_uri":"URL/k"}')
        says('no jwks_uri', b'{"issuer":"URL"}', b'{"issuer":"URL","jwks_uri":["URL/k"]}')
        says('cannot be used', b'{"issuer":"URL","jwks_uri":"http://192.0.2.1/k"}', b'{"issuer":"URL","jwks_uri":"file:///etc/passwd"}',
             b'{"issuer":"URL","jwks_uri":"URL/k\\"\\n[[rule]]"}', b'{"issuer":"URL","jwks_uri":"URL/k\\""}')
        says('not one JSON object', b'<html>', b'', b'[]', b'{"issuer":"URL","issuer":"URL","jwks_uri":"URL/k"}', b'\xff\xfe',
             b'{"issuer":"URL","jwks_uri":"URL/k"}{}', b'[' * 100000)
        says('none of RS256', b'{"issuer":"URL","jwks_uri":"URL/k","id_token_signing_alg_values_supported":["HS256","none"]}')
        says('malformed', b'{"issuer":"URL","jwks_uri":"URL/k","id_token_signing_alg_values_supported":"RS256"}')

    def test_not_http_and_cut_short(self):
        with Scripted(lambda *_: b'SSH-2.0-OpenSSH\r\n\r\n') as issuer:
            self.refused(65, init(issuer.url), 'refused')
        with Scripted(lambda *_: answer(b'{', length=100)) as issuer:
            self.refused(65, init(issuer.url), 'ended early')

    def test_huge(self):
        with Scripted(lambda *_: answer(b'', length=1 << 40)) as issuer:
            self.refused(65, init(issuer.url), 'larger than 256 KiB')
        endless = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
        with Scripted(lambda *_: [endless] + [b'1000\r\n' + b' ' * 4096 + b'\r\n'] * 10000) as issuer:
            self.refused(65, init(issuer.url), 'larger than 256 KiB')
        with Scripted(lambda *_: [b'HTTP/1.1 200 OK\r\n'] + [b'A: ' + b'a' * 1000 + b'\r\n'] * 1000) as issuer:
            self.refused(65, init(issuer.url), 'refused')

    def test_a_certificate_that_nobody_vouches_for(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([ISSUER, 'certificate', '--dir', folder, '--ip', '127.0.0.1'], check=True, stdout=subprocess.DEVNULL)
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(f'{folder}/cert.pem', f'{folder}/key.pem')
            with Scripted(lambda _, url: answer(document(issuer=url, jwks_uri=url + '/k')), tls) as issuer:
                self.refused(69, init(issuer.url), 'cannot be reached: .*certif')
                self.assertEqual(issuer.asked, [])   # nothing was said to it


if __name__ == '__main__':
    unittest.main()
