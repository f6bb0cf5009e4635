"""Bodies in every coding, form and character set, and those that pretend: a statement is found in all of them, and what cannot be
read does not pass. Usage: guard_forms_test.py BUILD"""
import base64
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../support'))
from gateway import answer, field  # noqa: E402
from guarded import (CODINGS, FIELD, FILE, ROOT, STRICT, Guarded, Keeper, bodies_of_every_form, chunked, deflated,  # noqa: E402
                     gzipped, head_of, parts, raw_deflated, verdict_of)

BUILD = sys.argv.pop(1)
BAD, GOOD = b'DROP TABLE docs', b'SELECT a FROM docs'
HIT = 'guard_hit'


def wide(name, mark=b''):
    return lambda text: mark + text.decode().encode(name)


class World(unittest.TestCase):
    client = None
    @classmethod
    def setUpClass(cls):
        cls.gateway = Guarded(BUILD, STRICT, limits='[limits]\ninspect_bytes = "16MiB"').start()
        cls.origin = Keeper(cls.gateway)


    @classmethod
    def tearDownClass(cls):
        cls.origin.stop()
        cls.gateway.__exit__(None)

    def tearDown(self):
        self.leave()

    def leave(self):
        if World.client is not None:
            World.client.sock.close()
        World.client = None

    def ask(self, body, content_type='application/json', coding=None, path='/strict/x', fields=(), pieces=None):
        """(status, reason, bodies that reached the origin), on one connection while it lasts."""
        if World.client is None:
            World.client = self.gateway.client()
        types = [content_type] if isinstance(content_type, (str, type(None))) else content_type
        said = [f'Content-Type: {each}' for each in types if each is not None] + ([f'Content-Encoding: {coding}'] if coding else [])
        del self.origin.came[:]
        head = head_of('POST', path, self.gateway.jobs, 'any', [*said, *fields], length=None if pieces else len(body))
        World.client.send(head + (chunked(body, pieces) if pieces else body))
        head, text = World.client.message()
        if b'connection: close' in head.lower():
            self.leave()
        return (*verdict_of(head, text), [each for _, each in self.origin.came])

    def passes(self, body, *args, **named):
        self.assertEqual(self.ask(body, *args, **named), (200, '', [body]))

    def refuses(self, reason, body, *args, **named):
        status, said, came = self.ask(body, *args, **named)
        self.assertEqual((said, came), (reason, []) if isinstance(reason, str) else (said, []))
        self.assertIn(said, [reason] if isinstance(reason, str) else reason)
        self.assertGreaterEqual(status, 400)


class Forms(World):
    def test_every_form_in_every_coding(self):
        for what, (content_type, good) in bodies_of_every_form(GOOD).items():
            bad = bodies_of_every_form(BAD)[what][1]
            for coding, pack in [(None, bytes), *CODINGS.items(), ('X-GZip', gzipped), ('br, gzip', lambda b: gzipped(CODINGS['br'](b))),
                                 ('gzip, gzip', lambda b: gzipped(gzipped(b)))]:
                for pieces in (None, [1, 7]):
                    with self.subTest(what, coding=coding, pieces=pieces):
                        self.passes(pack(good), content_type, coding, pieces=pieces)
                        self.refuses(HIT, pack(bad), content_type, coding, pieces=pieces)

    def test_character_sets(self):
        document, evil = (b'{"statement":"%s"}' % each for each in (GOOD, BAD))
        for charset, pack in {'utf-16': wide('utf-16'), 'utf-16le': wide('utf-16-le'), 'utf-16be': wide('utf-16-be'),
                              'utf-32': wide('utf-32'), 'utf-32le': wide('utf-32-le'), 'utf-32be': wide('utf-32-be')}.items():
            for content_type in (f'application/json; charset={charset}', 'application/json'):
                with self.subTest(charset, type=content_type):
                    self.passes(pack(document), content_type)
                    self.refuses(HIT, pack(evil), content_type)
            with self.subTest(charset, text=True):
                self.passes(pack(GOOD), f'text/plain; charset={charset}')
                self.refuses(HIT, pack(BAD), f'text/plain; charset={charset}')
        for charset in ('utf-7', 'iso-8859-1', 'windows-1252', 'shift_jis', 'gb18030', 'ebcdic', 'x', 'utf-8-sig'):
            with self.subTest(charset):
                self.refuses('guard_charset', document, f'application/json; charset={charset}')
        tricks = {'UTF-16 that is called UTF-8': (wide('utf-16-le')(evil), 'application/json; charset=utf-8'),
                  'UTF-16 as text that is called UTF-8': (wide('utf-16-le')(BAD), 'text/plain; charset=utf-8'),
                  'UTF-8 that is called UTF-16': (document + b' ', 'application/json; charset=utf-16'),
                  'a mark of the other order': (b'\xfe\xff' + wide('utf-16-le')(evil), 'application/json'),
                  'bad UTF-8': (b'{"a":"\xff"}', 'application/json'), 'overlong': (b'{"a":"\xc0\xa2"}', 'application/json'),
                  'bad UTF-8 as text': (b'a\xff', 'text/plain'), 'half a character': (b'\xfe\xff\x00', 'application/json'),
                  'two charsets': (document, 'application/json; charset=utf-8; charset=utf-16')}
        for what, (body, content_type) in tricks.items():
            with self.subTest(what):
                self.refuses(('guard_charset', 'guard_uninspectable', 'http_content_type'), body, content_type)


class Tricks(World):
    def test_codings_that_lie(self):
        document, evil = (b'{"statement":"%s"}' % each for each in (GOOD, BAD))
        broken = ('guard_coding', 'http_content_coding')
        for coding, pack in CODINGS.items():
            packed = pack(evil)
            with self.subTest(coding):
                self.refuses('guard_coding', document, coding=coding)                    # said, not done
                self.refuses('guard_coding', packed[:-1], coding=coding)
                self.refuses('guard_coding', packed + b'x', coding=coding)
                self.refuses('guard_coding', packed, coding=f'{coding}, {coding}')
                self.refuses(broken, packed, coding=f'{coding}, {coding}, {coding}')
                self.refuses((*broken, 'http_content_type', 'guard_uninspectable', 'guard_charset'), packed)   # done, not said
                self.refuses((*broken, 'http_content_type', 'guard_charset', HIT), packed, 'text/plain')
                self.refuses((*broken, 'http_content_type', 'guard_charset'), packed, None)
                self.refuses(('guard_coding', 'guard_uninspectable'), pack(packed), coding=coding)   # done twice, said once
        self.refuses('guard_coding', gzipped(b'{"a":1,') + gzipped(document[1:]), coding='gzip')   # one body to some, two to others
        self.refuses(('guard_coding', HIT), raw_deflated(evil), coding='deflate')        # what some take for deflate
        for coding in ('identity', 'gzip;q=1', 'snappy', 'compress', '*', 'gzip gzip', ','):
            with self.subTest(coding):
                self.refuses((*broken, HIT), evil, coding=coding)
        self.refuses(broken, gzipped(evil), fields=['Content-Encoding: gzip', 'Content-Encoding: br'])
        self.refuses(HIT, gzipped(CODINGS['br'](evil)), fields=['Content-Encoding: br', 'Content-Encoding: gzip'])

    def test_bombs(self):
        zeros = b'\0' * (10 << 20)
        for coding, pack in [*CODINGS.items(), ('gzip, gzip', lambda b: gzipped(gzipped(b))), ('deflate, br', lambda b: CODINGS['br'](deflated(b)))]:
            with self.subTest(coding):
                self.refuses(('guard_bomb', 'guard_coding'), pack(zeros), coding=coding)
        self.refuses('guard_bomb', gzipped(b'"' + b' ' * (10 << 20) + b'"'), coding='gzip')
        self.refuses('limit_body_bytes', gzipped(b'"' + base64.b64encode(os.urandom(13 << 20)) + b'"'), coding='gzip')
        content_type, body = parts('form-data', ([FILE, b'Content-Encoding: gzip'], gzipped(zeros)))
        self.refuses('guard_bomb', body, content_type)
        content_type, body = parts('form-data', ([FILE], gzipped(zeros)))
        self.refuses('guard_bomb', body, content_type)

    def test_types_that_hide(self):
        document, evil = (b'{"statement":"%s"}' % each for each in (GOOD, BAD))
        for content_type in ('text/plain', 'application/octet-stream', None, 'text/csv', 'application/x-www-form-urlencoded', 'text/event-stream',
                             'application/x-ndjson', 'text/json', 'application/whatever', 'TEXT/PLAIN; a=b', 'application/json;', 'text/x-sql'):
            with self.subTest(content_type):
                self.refuses(HIT, evil, content_type)
        for content_type in ('image/png', 'application/pdf', 'application/zip', 'application/xml', 'text/html', 'application/json; charset',
                             'application/json, text/plain', 'json', '/', 'application/json; a="b', 'multipart/mixed'):
            with self.subTest(content_type):
                self.refuses(('http_content_type', 'guard_form', HIT), evil, content_type)
        self.refuses(('http_content_type',), document, ['application/json', 'text/plain'])
        for body in (b'%PDF-1.7\n' + BAD, b'\x89PNG\r\n\x1a\n' + BAD, b'PK\x03\x04' + BAD, b'<a>' + BAD + b'</a>', b'\0\1\2' + BAD):
            for content_type in ('application/octet-stream', 'text/plain', None):
                with self.subTest(body, type=content_type):
                    self.refuses(('http_content_type', HIT), body, content_type)

    def test_text_that_some_service_reads_as_more(self):
        text = b'"\\u0044ROP TABLE docs"'
        for content_type in ('text/plain', 'text/csv', 'application/x-www-form-urlencoded', None):
            with self.subTest(content_type):
                self.refuses(HIT, text, content_type)
                self.refuses(HIT, b'42\n' + text, content_type)
        self.refuses(HIT, b'data: ' + text + b'\n\n', 'text/event-stream')
        self.refuses(HIT, b'data: 1\ndata: {"statement":"DELETE FROM docs"}\n\n', 'text/event-stream')
        self.refuses(HIT, b'a=1;b=TRUNCATE+docs', 'application/x-www-form-urlencoded')
        for body in (b'"Hello"\nshe said', b'42\n[1] a note, {and braces', b'1,2', b'"a" b'):
            self.passes(body, 'text/plain')
        self.passes(b'data: {"a":1}\n\ndata: [DONE]\n\n', 'text/event-stream')
        for body in (b'{"a":1} and more', b'[1] a note'):   # looks like JSON, is none
            self.refuses('guard_uninspectable', body, 'text/plain')

    def test_a_long_statement_in_a_query_needs_no_body(self):
        ids = ','.join(map(str, range(900)))
        for _ in range(3):
            self.refuses(HIT, b'', None, path=f'/strict/x?q=DELETE+FROM+docs+WHERE+id+IN+({ids})+OR+TRUE')
            self.passes(b'', None, path=f'/strict/x?q=SELECT+a+FROM+docs+WHERE+id+IN+({ids})')

    def test_documents_that_two_parsers_read_differently(self):
        twice = b'{"a":1,"a":2}'
        lone = b'{"a":"\\ud800"}'
        for what, reason, body in (
                ('twice', 'guard_duplicate_key', twice), ('twice, one escaped', 'guard_duplicate_key', b'{"ab":1,"\\u0061b":2}'),
                ('twice, deep', 'guard_duplicate_key', b'[{"x":{"a":1,"b":2,"a":1}}]'), ('lone surrogate', 'guard_uninspectable', lone),
                ('lone surrogate in a key', 'guard_uninspectable', b'{"\\udfff":1}'), ('trailing', 'guard_uninspectable', b'{} {}'),
                ('trailing comma', 'guard_uninspectable', b'[1,]'), ('comment', 'guard_uninspectable', b'{}//x'),
                ('single quotes', 'guard_uninspectable', b"{'a':1}"), ('NaN', 'guard_uninspectable', b'[NaN]'),
                ('NUL behind', 'guard_uninspectable', b'{}\0'), ('two marks', 'guard_uninspectable', b'\xef\xbb\xbf\xef\xbb\xbf{}'),
                ('deep', 'guard_depth', b'[' * 129 + b']' * 129), ('very deep', 'guard_depth', b'[' * 100_000)):
            with self.subTest(what):
                self.refuses((reason, 'guard_uninspectable') if what == 'very deep' else reason, body)
        for body in (b'[' * 128 + b']' * 128, b'[1e999, -0, 123456789012345678901234567890.5E-400]'):
            self.passes(body)
        self.passes(twice, path='/loose/x')
        self.passes(lone, path='/loose/x')
        self.refuses(HIT, b'{"statement":"DROP TABLE docs","statement":"SELECT 1"}', path='/loose/x')
        self.refuses(HIT, b'{"statement":"SELECT 1","\\u0073tatement":"DROP TABLE docs"}', path='/loose/x')

    def test_multipart_that_two_readers_cut_differently(self):
        name = [FIELD]
        good = parts('form-data', (name, GOOD))
        refused = {
            'no boundary': ('multipart/form-data', good[1]), 'two boundaries': (good[0] + '; boundary=x', good[1]),
            'another boundary': ('multipart/form-data; boundary=other', good[1]), 'no end': (good[0], good[1][:-4]),
            'preamble': (good[0], b'x\r\n' + good[1]), 'epilogue': (good[0], good[1] + b'x'),
            'bare LF': (good[0], good[1].replace(b'\r\n', b'\n')), 'padding': (good[0], good[1].replace(b'--cut\r\n', b'--cut \r\n', 1)),
            'name twice': parts('form-data', ([FIELD, FIELD], GOOD)), 'no name': parts('form-data', ([b'X: y'], GOOD)),
            'nested in parts': parts('form-data', ([FILE, b'Content-Type: multipart/mixed; boundary=cut2'], b'--cut\r\n')),
            'folded': parts('form-data', ([FIELD + b';\r\n filename="x"'], GOOD))}
        for what, (content_type, body) in refused.items():
            with self.subTest(what):
                self.refuses(('guard_form', 'http_content_type'), body, content_type)
        hidden = {
            'name': parts('form-data', ([b'Content-Disposition: form-data; name="DROP TABLE docs"'], b'x')),
            'filename': parts('form-data', ([b'Content-Disposition: form-data; name="x"; filename="DROP TABLE docs"'], b'x')),
            'second of three': parts('form-data', (name, GOOD), (name, BAD), (name, GOOD)),
            'type of an image': parts('form-data', ([FILE, b'Content-Type: image/png'], BAD)),
            'UTF-16': parts('form-data', ([FILE, b'Content-Type: text/plain; charset=utf-16'], BAD.decode().encode('utf-16'))),
            'nested': parts('mixed', ([b'Content-Type: multipart/mixed; boundary=in'], b'--in\r\n\r\n' + BAD + b'\r\n--in--\r\n')),
            'no JSON': ('multipart/form-data; boundary=cut', b'{"statement":"DROP TABLE docs"}')}
        for what, (content_type, body) in hidden.items():
            with self.subTest(what):
                self.refuses((HIT, 'http_content_type', 'guard_form'), body, content_type)
        pdf = parts('form-data', ([FILE, b'Content-Type: application/pdf'], b'%PDF-1.7\n\0\xff' + BAD), (name, GOOD))
        self.refuses('http_content_type', pdf[1], pdf[0])
        self.passes(pdf[1], pdf[0], path='/opaque/x')
        evil = parts('form-data', ([FILE, b'Content-Type: application/pdf'], b'%PDF-1.7\n\0\xff'), (name, BAD))
        self.refuses(HIT, evil[1], evil[0], path='/opaque/x')

    def test_the_last_of_ten_thousand_lines(self):
        lines = [b'{"index":{"_id":"%d"}}\n{"a":%d}\n' % (i, i) for i in range(4999)]
        delete = b'{"delete":{"_id":"7"}}\n'
        for tail in (b'{"index":{}}\n{}\n', b'{"index":{}}\n{}'):
            self.passes(b''.join(lines) + tail, 'application/x-ndjson', path='/bulk/x')
        for tail in (delete + b'{"index":{}}\n{}\n', delete, delete[:-1], b'{"index":{}}\n{}\n' + delete):
            self.refuses(HIT, b''.join(lines) + tail, 'application/x-ndjson', path='/bulk/x')
            self.refuses(HIT, gzipped(b''.join(lines) + tail), 'application/vnd.elasticsearch+x-ndjson;compatible-with=9', 'gzip', path='/bulk/x')


class Suite(World):
    def test_json_test_suite(self):
        folder = os.path.join(ROOT, 'tests/data/jsontestsuite')
        counts = {'y': 0, 'n': 0}
        for name in sorted(os.listdir(folder)):
            if name[0] not in counts or not name.endswith('.json'):
                continue
            with open(os.path.join(folder, name), 'rb') as file:
                body = file.read()
            counts[name[0]] += 1
            with self.subTest(name):
                if name[0] == 'y':
                    twice = 'duplicated_key' in name
                    self.passes(body, path='/loose/x' if twice else '/strict/x')
                    if twice:
                        self.refuses('guard_duplicate_key', body)
                elif body:   # an empty one holds nothing: whoever needs something in it has a shape for that
                    self.refuses(('guard_uninspectable', 'guard_depth', 'guard_charset'), body)
                    self.refuses(('guard_uninspectable', 'guard_depth', 'guard_charset'), body, path='/loose/x')
        for body in (b'[' * 100_000, b'[{"":' * 50_000):
            counts['n'] += 1
            self.refuses(('guard_uninspectable', 'guard_depth'), body)
        self.assertEqual(counts, {'y': 95, 'n': 188})


if __name__ == '__main__':
    unittest.main()
