"""Which request goes where: host and path to origin, the path that the origin gets, and what rules and records see of it."""
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ends import Recorder, metric, reason_of, status_of  # noqa: E402
from gateway import Gateway, field  # noqa: E402

BUILD = sys.argv.pop(1)

TWO_ORIGINS = '''
[[origin]]
name = "second"
address = "{second}"
host = "second.internal"
[[route]]
name = "chunks"
path = "/chunker"
origin = "origin"
rewrite = "/v1/api"
[[route]]
name = "top"
path = "/top/"
origin = "origin"
rewrite = "/"
refusals = "problem"
[[route]]
name = "search"
hosts = ["search.example.org", "*.search.example.org"]
origin = "second"
[[route]]
name = "as-it-comes"
path = "/plain"
origin = "second"
'''
RULES = '''
[[rule]]
name = "no-deletes"
effect = "deny"
groups = ["*"]
paths = ["/chunker/admin/**"]
[[rule]]
name = "readers"
effect = "allow"
groups = ["readers"]
'''


class Second(Recorder):
    """A second origin on a socket of its own."""

    def __init__(self):
        import socket
        self.listener = socket.socket()
        self.listener.bind(('127.0.0.1', 0))
        self.listener.listen(64)
        super().__init__(self)   # an EchoOrigin only wants something with a listener

    @property
    def address(self):
        return '127.0.0.1:%d' % self.listener.getsockname()[1]

    def stop(self):
        super().stop()
        self.listener.close()


def recorded(gateway, head, kind='request'):
    """What the records say of the exchange that this answer ended."""
    shown = json.loads(gateway.records('show', field(head, 'Gatehouse-Exchange-Id'), '--json').out)
    return next(one['sections'] for one in shown['records'] if one['kind'] == kind)


def line_of(asked):
    return asked[0].split(b'\r\n')[0].decode()


class Routes(unittest.TestCase):
    def setUp(self):
        self.second = Second()
        self.gateway = Gateway(BUILD, routes=TWO_ORIGINS.format(second=self.second.address), rules=RULES, level='info')
        self.gateway.__enter__()
        self.first = Recorder(self.gateway)
        self.client = self.gateway.client()

    def tearDown(self):
        self.client.sock.close()
        self.first.stop()
        self.second.stop()
        self.gateway.__exit__(None, None, None)

    def ask(self, path, host='gate', token=None, method='GET'):
        request = self.gateway.request(method, path, token=token).replace(b'Host: gate', b'Host: ' + host.encode())
        self.client.send(request)
        return self.client.message()

    def reached(self, path, host='gate'):
        """(origin, request line, Host) that a request came to."""
        before = len(self.first.asked), len(self.second.asked)
        head, body = self.ask(path, host)
        self.assertEqual(status_of(head), 200, (path, host, body))
        if len(self.first.asked) > before[0]:
            return 'first', line_of(self.first.asked[-1]), field(self.first.asked[-1][0], 'Host')
        return 'second', line_of(self.second.asked[-1]), field(self.second.asked[-1][0], 'Host')

    def test_host_and_path_say_which_origin_and_the_prefix_is_rewritten(self):
        for path, host, origin, line in (
                ('/chunker', 'gate', 'first', 'GET /v1/api HTTP/1.1'),
                ('/chunker/', 'gate', 'first', 'GET /v1/api/ HTTP/1.1'),
                ('/chunker/chunk/a%3ab?x=/chunker/', 'gate', 'first', 'GET /v1/api/chunk/a:b?x=/chunker/ HTTP/1.1'),
                ('/./%63hunker/x', 'gate', 'first', 'GET /v1/api/x HTTP/1.1'),
                ('/top', 'gate', 'first', 'GET / HTTP/1.1'),
                ('/top/x', 'gate', 'first', 'GET /x HTTP/1.1'),
                ('/top/top', 'gate', 'first', 'GET /top HTTP/1.1'),
                ('/plain/x', 'gate', 'second', 'GET /plain/x HTTP/1.1'),
                ('/chunker/x', 'search.example.org', 'second', 'GET /chunker/x HTTP/1.1'),
                ('/x', 'SEARCH.example.org:8443', 'second', 'GET /x HTTP/1.1'),
                ('/x', 'search.example.org.', 'second', 'GET /x HTTP/1.1'),
                ('/x', 'a.b.search.example.org', 'second', 'GET /x HTTP/1.1'),
                ('http://search.example.org/x', 'search.example.org', 'second', 'GET /x HTTP/1.1')):
            with self.subTest(path, host=host):
                own = 'origin.internal' if origin == 'first' else 'second.internal'
                self.assertEqual(self.reached(path, host), (origin, line, own))

    def test_a_request_without_a_route_is_refused_before_it_is_asked_who_calls(self):
        for path, host in (('/', 'gate'), ('/chunkers', 'gate'), ('/v1/api/x', 'gate'), ('/plainly', 'gate'),
                           ('/x', 'xsearch.example.org'), ('/x', 'search.example.org.evil.example')):
            with self.subTest(path, host=host):
                head, body = self.ask(path, host, token='not-a-token')
                self.assertEqual((status_of(head), reason_of(body)), (404, 'policy_route'))
        self.assertEqual((self.first.asked, self.second.asked), ([], []))

    def test_rules_see_the_path_that_was_asked_for(self):
        head, body = self.ask('/chunker/admin/x')
        self.assertEqual((status_of(head), reason_of(body)), (403, 'policy_denied'))
        self.assertEqual(self.reached('/top/admin/x')[1], 'GET /admin/x HTTP/1.1')   # another path: the rule does not name it

    def test_paths_that_would_leave_the_prefix_are_refused(self):
        for path in ('/chunker/../x', '/chunker/%2e%2e/x', '/chunker%2fx', '/chunker//x', '/chunker/..;/x', '/chunker\\..\\x'):
            with self.subTest(path):
                head, body = self.ask(path)
                self.assertEqual((status_of(head), reason_of(body)[:5]), (400, 'http_'))
        self.assertEqual(self.first.asked, [])

    def test_records_and_metrics_name_the_route_and_keep_both_paths(self):
        head, _ = self.ask('/chunker/x?q=1')
        request = recorded(self.gateway, head)
        self.assertEqual((request['route'], request['path']), ('chunks', '/chunker/x'))
        self.assertIn('GET /chunker/x?q=1 HTTP/1.1', request['client_head'])
        self.assertIn('GET /v1/api/x?q=1 HTTP/1.1', request['origin_head'])
        self.assertEqual(metric(self.gateway, 'gatehouse_exchange_duration_seconds_count{route="chunks"}'), 1)
        self.assertEqual(metric(self.gateway, 'gatehouse_exchange_duration_seconds_count{route="search"}'), 0)

    def test_without_routes_rules_say_where_a_request_goes(self):
        with Gateway(BUILD) as gateway, gateway.client() as client:
            origin = Recorder(gateway)
            client.send(gateway.request('GET', '/plain/x'))
            self.assertEqual(status_of(client.message()[0]), 200)
            origin.stop()
            self.assertEqual(metric(gateway, 'gatehouse_exchange_duration_seconds_count{route="plain"}'), 1)

    def test_a_route_says_what_its_refusals_look_like(self):
        head, body = self.ask('/chunker/admin/x')
        self.assertEqual(field(head, 'Content-Type'), 'application/json')
        head, body = self.ask('/top/x', token='not-a-token')
        self.assertEqual((status_of(head), field(head, 'Content-Type')), (401, 'application/problem+json'))
        self.assertEqual(reason_of(body), 'token_malformed')


if __name__ == '__main__':
    unittest.main()
