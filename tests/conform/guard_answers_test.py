"""Answers: coded ones are read where masks and guards look, links that lead past the gateway are refused.
Usage: guard_answers_test.py BUILD"""
import base64
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../support'))
from gateway import answer, field  # noqa: E402
from guarded import CODINGS, Guarded, Keeper, gzipped, head_of, verdict_of  # noqa: E402

BUILD = sys.argv.pop(1)
POLICY = '''
[[origin]]
name = "origin"
address = "127.0.0.1:{origin_port}"
[[guard]]
name = "no-links"
messages = ["answers"]
patterns = ['[?&](X-Amz-Signature|X-Goog-Signature|sig)=']
[guard.addresses]
fields = ["/**/external_link"]
[[mask]]
name = "personal-data"
detectors = ["email"]
[[rule]]
name = "masked"
effect = "allow"
groups = ["chunk-jobs"]
paths = ["/masked"]
origin = "origin"
masks = ["personal-data"]
[[rule]]
name = "guarded"
effect = "allow"
groups = ["chunk-jobs"]
paths = ["/guarded"]
origin = "origin"
guards = ["no-links"]
[[rule]]
name = "both"
effect = "allow"
groups = ["chunk-jobs"]
paths = ["/both"]
origin = "origin"
guards = ["no-links"]
masks = ["personal-data"]
'''
UNREAD = ('mask_content_coding', 'mask_uninspectable', 'mask_too_large', 'guard_answer_unread')
PLAIN = b'{"chunks":[{"text":"write to jane.roe@example.org today","n":1}]}'
LINKS = (b'{"result":{"external_links":[{"external_link":"https://bucket.s3.amazonaws.com/x"}]}}',
         b'{"url":"https://h/x?a=b&X-Amz-Signature=00"}', b'["https://h/x?\\u0073ig=00"]')


class Answers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = Guarded(BUILD, POLICY).start()
        cls.origin = Keeper(cls.gateway, lambda head, body: cls.reply)

    @classmethod
    def tearDownClass(cls):
        cls.origin.stop()
        cls.gateway.__exit__(None)

    def ask(self, path, body, coding=None, content_type='application/json'):
        Answers.reply = answer(body, [f'Content-Type: {content_type}'] + ([f'Content-Encoding: {coding}'] if coding else []))
        with self.gateway.client() as client:
            client.send(head_of('GET', path, self.gateway.jobs, 'any', length=0))
            return client.message()

    def check_refused(self, reasons, *args, **named):
        head, body = self.ask(*args, **named)
        status, reason = verdict_of(head, body)
        self.assertEqual(status, 502)
        self.assertIn(reason, reasons)
        return body

    def check_cut(self, path, body, coding):
        Answers.reply = answer(body, ['Content-Type: application/json', f'Content-Encoding: {coding}'])
        with self.gateway.client() as client:
            client.send(head_of('GET', path, self.gateway.jobs, 'any', length=0))
            seen = client.until_end()
            self.assertLess(len(seen), 1 << 20)
            self.assertFalse(seen.endswith(b'\r\n0\r\n\r\n'))

    def test_coded_answers_are_masked_and_sent_without_coding(self):
        plain = self.ask('/masked', PLAIN)[1]
        self.assertNotIn(b'jane.roe', plain)
        for coding, pack in [*CODINGS.items(), ('gzip, gzip', lambda b: gzipped(gzipped(b)))]:
            for path in ('/masked', '/both'):
                with self.subTest(coding, path=path):
                    head, body = self.ask(path, pack(PLAIN), coding)
                    self.assertEqual((verdict_of(head, b''), body), ((200, ''), plain))
                    self.assertIsNone(field(head, 'Content-Encoding'))
                    self.assertEqual(field(head, 'Transfer-Encoding'), 'chunked')

    def test_broken_ones_are_refused(self):
        for coding, pack in CODINGS.items():
            packed = pack(PLAIN)
            for what, body in {'cut': packed[:-2], 'more': packed + b'x', 'not done': PLAIN, 'bomb': pack(b'"' + b' ' * (6 << 20) + b'"')}.items():
                with self.subTest(coding, what=what):
                    for path in ('/masked', '/both', '/guarded'):
                        if what == 'bomb' and path == '/masked':
                            self.check_cut(path, body, coding)   # masked as it comes
                        else:
                            self.assertNotIn(b'jane', self.check_refused(UNREAD, path, body, coding))
        self.check_refused(UNREAD, '/masked', PLAIN, 'snappy')
        self.check_refused(('guard_answer_unread',), '/guarded', gzipped(PLAIN))   # not said

    def test_links_past_the_gateway_are_refused(self):
        for link in LINKS:
            for path in ('/guarded', '/both'):
                with self.subTest(link, path=path):
                    self.assertNotIn(b'http', self.check_refused(('guard_answer',), path, link))
                    self.check_refused(('guard_answer',), path, gzipped(link), 'gzip')
                    self.check_refused(('guard_answer', 'mask_content_type'), path, b'[1,\n' + link + b']', content_type='text/plain')
        for body in (PLAIN, b'{"next_chunk_internal_link":"/api/2.0/sql/statements/1/result/chunks/1"}'):
            head, said = self.ask('/guarded', body)
            self.assertEqual((verdict_of(head, b''), said), ((200, ''), body))
        part = b'--b\r\nContent-Type: application/json\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        mixed = 'multipart/mixed; boundary=b'   # without its closing boundary, as Unstructured sends them
        for end in (b'', b'\r\n'):
            head, said = self.ask('/guarded', part + base64.b64encode(PLAIN) + end, content_type=mixed)
            self.assertEqual((verdict_of(head, b''), said), ((200, ''), part + base64.b64encode(PLAIN) + end))
            self.check_refused(('guard_answer',), '/guarded', part + base64.b64encode(LINKS[0]) + end, content_type=mixed)
        head, said = self.ask('/guarded', gzipped(PLAIN), 'gzip')   # nothing is changed: as it came
        self.assertEqual(verdict_of(head, b''), (200, ''))
        self.assertIn(said, (PLAIN, gzipped(PLAIN)))

    def test_large_answers_are_looked_at_on_job_threads(self):
        """As large requests are; they pass as they came, in any framing, and nothing of one that is refused does."""
        clean = b'[' + b','.join(b'"chunk %d of a text that is long"' % i for i in range(30_000)) + b']'
        linked = clean[:-1] + b',"https://h/x?X-Amz-Signature=00"]'
        pieces = [clean[i:i + 60_000] for i in range(0, len(clean), 60_000)]
        chunked = b''.join(b'%x\r\n%s\r\n' % (len(each), each) for each in pieces) + b'0\r\n\r\n'
        head = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'
        with self.gateway.client() as client:   # one connection: what is behind is not confused by who waits
            for made in (answer(clean), head + b'Transfer-Encoding: chunked\r\n\r\n' + chunked, answer(PLAIN), answer(clean)):
                Answers.reply = made
                client.send(head_of('GET', '/guarded', self.gateway.jobs, 'any', length=0))
                said, body = client.message()
                self.assertEqual(verdict_of(said, b''), (200, ''))
                self.assertIn(body, (clean, PLAIN))
        for path in ('/guarded', '/both'):
            self.check_refused(('guard_answer',), path, linked)
            self.check_refused(('guard_answer',), path, gzipped(linked), 'gzip')
        self.check_refused(UNREAD, '/guarded', clean + b'{')
        Answers.reply = answer(linked)
        for _ in range(5):   # who does not wait for what is away
            with self.gateway.client() as client:
                client.send(head_of('GET', '/guarded', self.gateway.jobs, 'any', length=0))
        self.assertEqual(verdict_of(*self.ask('/guarded', PLAIN)), (200, ''))


if __name__ == '__main__':
    unittest.main()
