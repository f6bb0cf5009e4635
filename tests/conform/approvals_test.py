"""What a person sees of a held request before they answer: all of it. Usage: approvals_test.py BUILD"""
import json
import os
import pty
import stat
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ends import eventually, reason_of, status_of  # noqa: E402
from gateway import Gateway, answer  # noqa: E402

BUILD = sys.argv.pop(1)
HOSTILE = b'{"text":"\x1b[2J\xe2\x80\xae\x07 drop", "bad": "\xff"}\r\nlast line'


class Shown(unittest.TestCase):
    def held(self, gateway, body):
        client = gateway.client()
        self.addCleanup(client.sock.close)
        client.send(gateway.request('DELETE', '/collections/x?all=yes', body, ['Content-Type: application/octet-stream']))
        cards = []
        eventually('it is held', lambda: cards.extend(json.loads(self.run_word(gateway, 'list', '--json').out)) or cards)
        return client, cards[0]

    def run_word(self, gateway, *words, check=True):
        return gateway.world.gatehouse('approvals', *words, '--config', 'gateway.toml', check=check)

    def written(self, gateway, name):
        with open(gateway.world.path(name), 'rb') as file:
            return file.read()

    def test_the_whole_body_and_the_request_as_they_are_sent(self):
        for body in (HOSTILE, os.urandom(300_000)):
            with self.subTest(len(body)), Gateway(BUILD) as gateway:
                client, card = self.held(gateway, body)
                done = self.run_word(gateway, 'show', card['id'], '--output', 'body')
                self.assertEqual(done.out, f'{len(body)} bytes written to body\n')
                self.assertEqual(self.written(gateway, 'body'), body)
                self.assertEqual(stat.S_IMODE(os.stat(gateway.world.path('body')).st_mode), 0o600)
                self.run_word(gateway, 'show', card['id'], '--request', '--output', 'request')
                self.run_word(gateway, 'approve', card['id'])
                with gateway.origin() as origin:
                    origin.message()
                    sent = origin.seen
                    origin.send(answer(b'gone'))
                self.assertEqual(client.message()[1], b'gone')
                shown = self.written(gateway, 'request')
                self.assertNotIn(b'the-origins-own-key', shown)
                self.assertEqual(shown.replace(b': *\r\n', b': the-origins-own-key\r\n'), sent)

    def test_a_pipe_gets_bytes_and_a_terminal_nothing_that_steers_it(self):
        with Gateway(BUILD) as gateway:
            _, card = self.held(gateway, HOSTILE)
            words = [os.path.join(gateway.world.build, 'gatehouse'), 'approvals', 'show', card['id'], '--body', '--socket', gateway.world.path('run/admin.sock')]
            reading, writing = os.pipe()
            pid = os.fork()
            if pid == 0:
                os.dup2(writing, 1)
                os.execv(words[0], words)
            os.close(writing)
            with os.fdopen(reading, 'rb') as file:
                self.assertEqual(file.read(), HOSTILE)
            self.assertEqual(os.waitpid(pid, 0)[1], 0)
            pid, terminal = pty.fork()
            if pid == 0:
                os.execv(words[0], words)
            seen = b''
            try:
                while piece := os.read(terminal, 4096):
                    seen += piece
            except OSError:   # the other end closed
                pass
            self.assertEqual(os.waitpid(pid, 0)[1], 0)
            self.assertEqual(seen, b'{"text":"\\u{1b}[2J\\u{202e}\\u{7} drop", "bad": "\\xff"}\\u{d}\r\nlast line\r\n')

    def test_what_is_over_or_in_the_way_is_said(self):
        with Gateway(BUILD) as gateway:
            client, card = self.held(gateway, b'')
            self.assertEqual(self.run_word(gateway, 'show', card['id'], '--body').out, '')   # there is none, and that is well
            gateway.world.write('mine', 'precious')
            done = self.run_word(gateway, 'show', card['id'], '--output', 'mine', check=False)
            self.assertEqual((done.returncode, self.written(gateway, 'mine')), (74, b'precious'))
            self.assertEqual(self.run_word(gateway, 'show', card['id'], '--body', '--json', check=False).returncode, 64)
            self.run_word(gateway, 'deny', card['id'])
            head, body = client.message()
            self.assertEqual((status_of(head), reason_of(body)), (403, 'approval_denied'))
            done = self.run_word(gateway, 'show', card['id'], '--body', check=False)
            self.assertEqual((done.returncode, done.out), (69, ''))
            self.assertIn('the request is denied already', done.err)
            done = self.run_word(gateway, 'show', '0190f3c2-8a4b-7c11-9e5d-2f6a1b3c4d5e', '--body', check=False)
            self.assertEqual(done.returncode, 66)
            for word in ('show', 'approve', 'deny'):   # one line each
                done = self.run_word(gateway, word, '0190f3c2-8a4b-7c11-9e5d-2f6a1b3c4d5e', check=False)
                self.assertEqual((done.returncode, done.out), (66, ''))
                self.assertEqual(done.err, 'gatehouse: the gateway refused (404): no request with this id is held\n')
                done = self.run_word(gateway, word, 'zzz', check=False)
                self.assertEqual(done.returncode, 64)
                self.assertIn("id: 'zzz' is not an exchange id\n", done.err)


if __name__ == '__main__':
    unittest.main()
