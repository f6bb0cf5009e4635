"""Guards under way: bodies that are with a job thread while the client, the configuration or the gateway goes on, and
answers that say in their head what they must not. Usage: guard_attack_test.py BUILD"""
import os
import signal
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../support'))
from gateway import PATIENCE, RULES, EchoOrigin, Gateway, answer  # noqa: E402

BUILD = sys.argv.pop(1)
MORE = '''
[[guard]]
name = "secrets"
patterns = ['hidden']
headers = ["Location", "X-Note"]
look_in = ["values"]
messages = ["answers"]
[[rule]]
name = "answers"
effect = "allow"
groups = ["readers"]
paths = ["/answers/**"]
origin = "origin"
guards = ["secrets"]
[[guard]]
name = "judged"
[guard.statements]
anywhere = true
[[rule]]
name = "judged"
effect = "allow"
groups = ["readers"]
paths = ["/judged/**"]
origin = "origin"
guards = ["judged"]
[[rule]]
name = "large"
effect = "allow"
groups = ["readers"]
paths = ["/large/**"]
origin = "origin"
guards = ["destructive-sql"]
'''
JSON = 'Content-Type: application/json'
LARGE = b'[' + b'"some text of a document",' * 200_000      # 5 MB: a job thread looks at it
GOOD, BAD = LARGE + b'0]', LARGE + b'"DROP \\u0054ABLE docs"]'


class GuardAttack(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = Gateway(BUILD, rules=RULES + MORE).start()
        cls.came = []
        cls.reply = staticmethod(lambda head, body: answer(b'{}'))

        def reply(head, body):
            cls.came.append((head.split(b'\r\n')[0], len(body)))
            return cls.reply(head, body)
        cls.origin = EchoOrigin(cls.gateway, reply)

    @classmethod
    def tearDownClass(cls):
        cls.origin.stop()
        cls.gateway.__exit__(None)

    def setUp(self):
        self.came.clear()
        type(self).reply = staticmethod(lambda head, body: answer(b'{}'))

    def ask(self, *requests, bodiless=False):
        with self.gateway.client() as client:
            client.send(b''.join(requests))
            return [int(client.message(bodiless)[0].split(b' ')[1]) for _ in requests]

    def large(self, body, path='/large/a', fields=(JSON,)):
        return self.gateway.request('POST', path, body, fields)

    def test_the_head_of_an_answer_without_body(self):
        for status, more in (('302 Found', 'Content-Length: 0\r\n'), ('204 No Content', ''), ('304 Not Modified', '')):
            for name in ('Location', 'X-Note'):
                type(self).reply = staticmethod(lambda head, body: f'HTTP/1.1 {status}\r\n{name}: /hidden\r\n{more}\r\n'.encode())
                self.assertEqual(self.ask(self.gateway.request('GET', '/answers/a')), [502], (status, name))
        type(self).reply = staticmethod(lambda head, body: b'HTTP/1.1 200 OK\r\nX-Note: hidden\r\nContent-Length: 9\r\n\r\n')
        self.assertEqual(self.ask(self.gateway.request('HEAD', '/answers/a'), bodiless=True), [502])
        type(self).reply = staticmethod(lambda head, body: b'HTTP/1.1 204 No Content\r\nX-Note: seen\r\n\r\n')
        self.assertEqual(self.ask(self.gateway.request('GET', '/answers/a')), [204])

    def test_pipelined_behind_a_body_that_is_away(self):
        get = self.gateway.request('GET', '/plain/b')
        self.assertEqual(self.ask(self.large(BAD), get, self.large(GOOD), self.large(BAD), get), [403, 200, 200, 403, 200])
        self.assertEqual([size for _, size in self.came], [0, len(GOOD), 0])

    def test_bodies_with_get_head_delete(self):
        small = b'{"q":"drop table docs"}'
        for method in ('GET', 'HEAD', 'DELETE', 'OPTIONS', 'PUT', 'FOO'):
            self.assertEqual(self.ask(self.gateway.request(method, '/large/a', small, [JSON]), bodiless=method == 'HEAD'), [403], method)
        self.assertEqual(self.came, [])

    def test_a_long_statement_without_body(self):
        long = "drop+table+docs+/*" + 'x' * 3000 + '*/'
        self.assertEqual(self.ask(self.gateway.request('GET', '/judged/a?q=' + long),
                                  self.gateway.request('GET', '/judged/a?q=' + long.replace('drop+table', 'select+*+from')),
                                  self.gateway.request('GET', '/plain/b')), [403, 200, 200])

    def test_expected_bodies(self):
        for body, wanted in ((GOOD, 200), (BAD, 403)):
            with self.gateway.client() as client:
                request = self.large(body, fields=(JSON, 'Expect: 100-continue'))
                head, _, rest = request.partition(b'\r\n\r\n')
                client.send(head + b'\r\n\r\n')
                self.assertIn(b' 100 ', client.take_through(b'\r\n\r\n'))
                self.assertEqual(self.came, [])
                client.send(rest)
                self.assertEqual(int(client.message()[0].split(b' ')[1]), wanted)
            self.came.clear()

    def test_clients_that_leave_while_their_body_is_away(self):
        for _ in range(80):   # more than may be away
            with self.gateway.client() as client:
                try:
                    client.send(self.large(BAD))
                except (BrokenPipeError, ConnectionResetError):
                    pass   # refused before it was whole: no memory is left
        until = time.monotonic() + PATIENCE   # those that are away are looked at first: no room is left meanwhile
        while (answers := self.ask(self.large(GOOD))) != [200] and time.monotonic() < until:
            self.assertEqual(answers, [503])
        self.assertEqual(self.ask(self.large(GOOD), self.large(BAD)), [200, 403])
        self.assertNotIn(len(BAD), [size for _, size in self.came])

    def test_reload_while_bodies_are_away(self):
        clients = []
        for i in range(12):
            client = self.gateway.client()
            client.send(self.large(BAD if i % 2 else GOOD))
            clients.append(client)
            text = self.gateway.config.format(port=self.gateway.port, health=self.gateway.health, rings=self.gateway.rings,
                                              issuer='http://127.0.0.1:1', audience='urn:gatehouse:test',
                                              **{**self.gateway.settings, 'rules': RULES + MORE + f'\n[[guard]]\nname = "n{i}"\npatterns = ["n{i}"]\n'})
            self.gateway.world.write('gateway.toml', text)
            self.gateway.process.send_signal(signal.SIGHUP)
        self.assertEqual([int(c.message()[0].split(b' ')[1]) for c in clients], [200, 403] * 6)
        for client in clients:
            client.sock.close()


class Stop(unittest.TestCase):
    def test_stop_while_bodies_are_away(self):
        gateway = Gateway(BUILD, rules=RULES + MORE).start()
        came = []
        origin = EchoOrigin(gateway, lambda head, body: came.append(len(body)) or answer(b'{}'))
        clients = []
        for _ in range(8):
            client = gateway.client()
            client.send(gateway.request('POST', '/large/a', BAD, [JSON]))
            clients.append(client)
        gateway.process.send_signal(signal.SIGTERM)
        self.assertEqual(gateway.process.wait(PATIENCE), 0)
        self.assertEqual(came, [])
        origin.stop()
        gateway.world.running.clear()
        gateway.__exit__(None)


if __name__ == '__main__':
    unittest.main(verbosity=2)
