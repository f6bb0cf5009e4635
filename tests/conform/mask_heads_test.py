"""Heads on routes with masks: nothing in them describes, or holds, what the masks take out of the body.
Usage: mask_heads_test.py BUILD"""
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../support'))
from gateway import field  # noqa: E402
from guarded import Guarded, Keeper, head_of, verdict_of  # noqa: E402

BUILD = sys.argv.pop(1)
KEY = b'the-origins-own-key'
RULE = '''
[[rule]]
name = "{0}"
effect = "allow"
groups = ["{2}"]
paths = ["/{0}/**"]
{1}
'''
POLICY = '''
[[origin]]
name = "origin"
address = "127.0.0.1:{origin_port}"
host = "chunker.internal:8000"
credential_header = "X-Api-Key"
credential_file = "secrets/origin.key"
[[route]]
name = "strict"
path = "/"
origin = "origin"
[[route]]
name = "patient"
path = "/patient"
origin = "origin"
best_effort = true
[[mask]]
name = "personal-data"
detectors = ["email", "us_ssn", "payment_card"]
''' + ''.join(RULE.format(*each) for each in (
    ('masked', 'masks = ["personal-data"]', 'chunk-jobs'), ('patient', 'masks = ["personal-data"]', 'chunk-jobs'),
    ('cached', 'masks = ["personal-data"]\ncache = "origin"', 'chunk-jobs'), ('plain', '', 'chunk-jobs')))
MASKED = b'{"by":"[redacted:personal-data]"}'
BODY = b'{"by":"jane.roe@example.org"}'
DESCRIBES = {'ETag': '"abc"', 'Last-Modified': 'Sat, 01 Nov 2025 10:00:00 GMT', 'Digest': 'sha-256=abc=', 'Repr-Digest': 'sha-256=:abc=:',
             'Content-Digest': 'sha-256=:abc=:', 'Content-MD5': 'abc=', 'Want-Repr-Digest': 'sha-256=1', 'Accept-Ranges': 'bytes',
             'Content-Location': '/jane.roe@example.org', 'Link': '</x>; title="jane.roe@example.org"', 'X-Debug-User': 'jane.roe@example.org'}


def reply(status='200 OK', fields=(), body=BODY, length=True):
    lines = [f'HTTP/1.1 {status}', 'Content-Type: application/json', *fields] + ([f'Content-Length: {len(body)}'] if length else [])
    return '\r\n'.join(lines).encode() + b'\r\n\r\n' + body


class MaskedHeads(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = Guarded(BUILD, POLICY).start()
        cls.asked = []
        cls.origin = Keeper(cls.gateway, lambda head, body: cls.asked.append(head) or cls.reply)

    @classmethod
    def tearDownClass(cls):
        cls.origin.stop()
        cls.gateway.__exit__(None)

    def ask(self, path, said, method='GET', fields=()):
        MaskedHeads.reply = said
        with self.gateway.client() as client:
            client.send(head_of(method, path, self.gateway.jobs, 'any', fields, length=0))
            head, body = client.message(bodiless=method == 'HEAD' or b' 304 ' in said[:20] or b' 204 ' in said[:20])
            self.assertNotIn(b'jane.roe', client.seen)
            return head, body

    def refused(self, path, said, reason):
        self.assertEqual(verdict_of(*self.ask(path, said)), (502, reason))

    def test_nothing_partial_is_asked_for(self):
        asks = ['Range: bytes=0-9', 'If-Range: "x"', 'If-None-Match: "x"', 'If-Modified-Since: Sat, 01 Nov 2025 10:00:00 GMT', 'Accept: a/b']
        for path, gone in (('/masked/a', True), ('/plain/a', False)):
            self.ask(path, reply(body=MASKED), fields=asks)
            for each in asks[:4]:
                self.assertEqual(field(self.asked[-1], each.split(':')[0]) is None, gone, each)
            self.assertEqual(field(self.asked[-1], 'Accept'), 'a/b')

    def test_partial_content_is_refused_with_and_without_a_body(self):
        for path in ('/masked/a', '/patient/a'):
            for body in (BODY, b''):
                self.refused(path, reply('206 Partial Content', ['Content-Range: bytes 0-28/99'], body), 'mask_partial_content')

    def test_nothing_tells_of_the_body_before_it_was_masked(self):
        for method in ('GET', 'HEAD'):
            said = reply(fields=[f'{n}: {v}' for n, v in DESCRIBES.items()])
            head, body = self.ask('/masked/a', said if method == 'GET' else said[:-len(BODY)], method)
            self.assertEqual(body, MASKED if method == 'GET' else b'')
            for name in DESCRIBES:
                self.assertIsNone(field(head, name), name)
            self.assertEqual(field(head, 'Content-Length'), str(len(MASKED)) if method == 'GET' else None)

    def test_caches_keep_nothing_unless_the_rule_says_so(self):
        said = ['Cache-Control: public, max-age=600', 'Expires: Sat, 01 Nov 2036 10:00:00 GMT', 'Age: 5', 'Pragma: cache']
        for status in ('200 OK', '404 Not Found', '500 Oops'):
            for fields in (said, []):
                head, _ = self.ask('/masked/a', reply(status, fields))
                self.assertEqual(field(head, 'Cache-Control'), 'private, no-store')
                self.assertEqual(head.lower().count(b'cache-control:'), 1)
                for name in ('Expires', 'Age', 'Pragma'):
                    self.assertIsNone(field(head, name))
        for path in ('/cached/a', '/plain/a'):
            head, _ = self.ask(path, reply(fields=said, body=MASKED))
            self.assertEqual([field(head, each.split(':')[0]) for each in said], [each.split(': ')[1] for each in said])
        self.assertEqual(field(self.ask('/masked/a', reply(body=b''))[0], 'Cache-Control'), 'private, no-store')
        self.assertEqual(field(self.ask('/masked/a', reply('304 Same', body=b'', length=False))[0], 'Cache-Control'), 'private, no-store')

    def test_allowed_fields_do_not_hold_what_detectors_find(self):
        for name in ('Vary', 'Retry-After', 'Allow', 'Content-Language', 'Sunset', 'Date'):
            for value in ('jane.roe@example.org', 'a 4111 1111 1111 1111 b', '219-09-9999', 'jane.roe%40example.org'):
                head, _ = self.ask('/masked/a', reply(fields=[f'{name}: {value}']))
                self.assertIsNone(field(head, name), value)
            self.assertEqual(field(self.ask('/masked/a', reply(fields=[f'{name}: fine']))[0], name), 'fine')
        head, _ = self.ask('/cached/a', reply(fields=['Cache-Control: jane.roe@example.org']))
        self.assertIsNone(field(head, 'Cache-Control'))

    def test_fields_that_lead_or_say_something_do_not_pass(self):
        value = 'jane.roe@example.org'
        for name, said in (('Refresh', f'0; url=/x?of={value}'), ('Refresh', '0; url=https://elsewhere.example/'), ('Link', '</x>; rel=next'),
                           ('WWW-Authenticate', f'Basic realm="{value}"'), ('Content-Disposition', f'attachment; filename="{value}.json"'),
                           ('Content-Disposition', "attachment; filename*=UTF-8''jane%2Eroe%40example.org"), ('Content-Location', '/x'),
                           ('Proxy-Authenticate', f'Basic realm="{value}"'), ('Server', value), ('Via', f'1.1 {value}'), ('Warning', f'199 - "{value}"'),
                           ('Trailer', f'X-User, {value.split("@")[0]}'), ('Alt-Svc', 'h3="elsewhere.example:443"'), (value.replace('@', '.'), 'x')):
            for status in ('200 OK', '401 Who', '503 Busy'):
                head, body = self.ask('/masked/a', reply(status, [f'{name}: {said}']))
                self.assertEqual((verdict_of(head, b'')[0], body), (int(status[:3]), MASKED), name)
                self.assertIsNone(field(head, name), name)
        for kind in ('application/json; of=jane.roe', 'application/json; charset="utf-8"; x="jane.roe"'):
            said = reply().replace(b'Content-Type: application/json', b'Content-Type: ' + kind.encode())
            self.assertEqual(self.ask('/masked/a', said)[1], MASKED)

    def test_trailers_and_what_comes_before_the_answer_do_not_pass(self):
        piece = b'%x\r\n%s\r\n' % (len(BODY), BODY)
        for trailer in (b'X-User: jane.roe@example.org\r\n', b'Set-Cookie: of=jane.roe@example.org\r\n', b'Retry-After: jane.roe@example.org\r\n',
                        b'X-Key: ' + KEY + b'\r\n'):
            for path in ('/masked/a', '/patient/a'):
                said = reply(fields=['Transfer-Encoding: chunked', 'Trailer: X-User'], body=b'', length=False) + piece + b'0\r\n' + trailer + b'\r\n'
                head, body = self.ask(path, said)
                self.assertEqual((verdict_of(head, b'')[0], body), (200, MASKED))
                self.assertNotIn(KEY, head + body)
        head, body = self.ask('/masked/a', b'HTTP/1.1 103 Early\r\nLink: </jane.roe@example.org>; rel=preload\r\n\r\n' + reply())
        self.assertNotIn(b'103', head[:20])

    def test_a_cookie_is_refused(self):
        for name in ('Set-Cookie', 'set_cookie'):
            self.refused('/masked/a', reply(fields=[f'{name}: user=jane.roe@example.org']), 'mask_cookie')
        head, body = self.ask('/patient/a', reply(fields=['Set-Cookie: a=b']))
        self.assertEqual((verdict_of(head, b'')[0], field(head, 'Set-Cookie'), body), (200, None, MASKED))
        self.assertEqual(field(self.ask('/plain/a', reply(fields=['Set-Cookie: a=b'], body=MASKED))[0], 'Set-Cookie'), 'a=b')

    def test_a_location_elsewhere_is_refused(self):
        for there in ('https://elsewhere.example/x', '//elsewhere.example/x', 'elsewhere.example:80/x', 'javascript:1', '\\\\elsewhere\\x',
                      '/\\elsewhere.example', 'http://chunker.internal/x', 'http://user@chunker.internal:8000/x', 'relative/x',
                      'https://chunker.internal:8000.elsewhere.example/x', ''):
            for status in ('302 Found', '201 Created', '200 OK'):
                self.refused('/masked/a', reply(status, [f'Location: {there}']), 'mask_location')
            head, _ = self.ask('/patient/a', reply(fields=[f'Location: {there}']))
            self.assertEqual((verdict_of(head, b'')[0], field(head, 'Location')), (200, None))

    def test_a_location_at_the_origin_passes_as_a_path(self):
        for said, got in (('/v1/jobs/7?x=1', '/v1/jobs/7?x=1'), ('http://chunker.internal:8000/v1/jobs/7', '/v1/jobs/7'),
                          ('HTTPS://Chunker.Internal:8000', '/'), ('/v1/jane.roe@example.org', None), ('/v1?of=jane.roe%40example.org', None),
                          ('/v1?to=%2Fx%3Fof%3Djane.roe%2540example.org', None)):
            head, body = self.ask('/masked/a', reply('201 Created', [f'Location: {said}']))
            self.assertEqual((verdict_of(head, b'')[0], field(head, 'Location'), body), (201, got, MASKED), said)

    def test_every_status_is_masked(self):
        for status in ('200 OK', '201 Created', '202 Accepted', '203 Other', '299 Own', '300 Many', '400 Bad', '401 Who', '403 No', '404 None',
                       '409 Conflict', '416 Range', '418 Tea', '422 Fields', '429 Slow', '500 Oops', '503 Busy', '599 Own'):
            head, body = self.ask('/masked/a', reply(status + ' jane.roe@example.org'))
            self.assertEqual((verdict_of(head, b'')[0], body), (int(status[:3]), MASKED))

    def test_an_origin_that_repeats_our_credential(self):
        """An origin's 401 often says which key was wrong: ours."""
        wide = ('{"error":"bad key ' + KEY.decode() + '"}').encode('utf-16')
        self.assertEqual(verdict_of(*self.ask('/masked/a', reply('401 Unauthorized', body=wide))), (502, 'origin_credential_echo'))
        for said in (reply('401 Unauthorized', body=b'{"error":"bad key ' + KEY + b'"}'),
                     reply('401 Unauthorized', ['WWW-Authenticate: Key realm="' + KEY.decode() + '"'])):
            for path in ('/masked/a', '/cached/a', '/patient/a', '/plain/a'):
                head, body = self.ask(path, said)
                self.assertEqual(verdict_of(head, body), (502, 'origin_credential_echo'))
                self.assertNotIn(KEY, head + body)

    def test_an_origin_that_repeats_our_credential_in_escapes(self):
        """Services write what they were sent into JSON, HTML and addresses, each in its own spelling."""
        for spelled in (b'%s\\u%04x%s' % (KEY[:4], KEY[4], KEY[5:]), b''.join(b'\\u%04X' % c for c in KEY),
                        b''.join(b'&#%d;' % c for c in KEY), b''.join(b'%%%02X' % c for c in KEY), KEY[:-1] + b'\\\\u%04x' % KEY[-1]):
            for said in (reply('401 Unauthorized', body=b'{"error":"bad key ' + spelled + b'"}'),
                         reply('401 Unauthorized', ['WWW-Authenticate: Key realm="' + spelled.decode() + '"'])):
                for path in ('/masked/a', '/plain/a'):
                    head, body = self.ask(path, said)
                    self.assertEqual(verdict_of(head, body), (502, 'origin_credential_echo'), spelled)
                    self.assertNotIn(spelled[-6:], head + body)


if __name__ == '__main__':
    unittest.main()
