"""Which request goes where: host and path to origin, the path that the origin gets, and what rules and records see of it."""
import json
import os
import socket
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ends import Recorder, becomes, eventually, log_lines, metric, reason_of, recorded, status_of  # noqa: E402
from gateway import PATIENCE, Gateway, Wire, field  # noqa: E402
import world  # noqa: E402

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

    def __init__(self, port=0):
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(('127.0.0.1', port or world.free_port(0)))   # nobody else takes it while it is down
        self.listener.listen(64)
        super().__init__(self)   # an EchoOrigin only wants something with a listener

    @property
    def address(self):
        return '127.0.0.1:%d' % self.listener.getsockname()[1]

    def stop(self):
        super().stop()
        self.listener.close()


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
        becomes(lambda: metric(self.gateway, 'gatehouse_exchange_duration_seconds_count{route="chunks"}'), 1, 'counted')
        self.assertEqual(metric(self.gateway, 'gatehouse_exchange_duration_seconds_count{route="search"}'), 0)

    def test_without_routes_rules_say_where_a_request_goes(self):
        with Gateway(BUILD) as gateway, gateway.client() as client:
            origin = Recorder(gateway)
            client.send(gateway.request('GET', '/plain/x'))
            self.assertEqual(status_of(client.message()[0]), 200)
            origin.stop()
            becomes(lambda: metric(gateway, 'gatehouse_exchange_duration_seconds_count{route="plain"}'), 1, 'counted')

    def test_a_route_says_what_its_refusals_look_like(self):
        head, body = self.ask('/chunker/admin/x')
        self.assertEqual(field(head, 'Content-Type'), 'application/json')
        head, body = self.ask('/top/x', token='not-a-token')
        self.assertEqual((status_of(head), field(head, 'Content-Type')), (401, 'application/problem+json'))
        self.assertEqual(reason_of(body), 'token_malformed')


KEYED = '''
[[route]]
name = "keyed"
path = "/keyed"
origin = "origin"
token_header = "Unstructured-Api-Key"
set_headers = ["X-Tenant: blue", "X-Mode: fast"]
remove_headers = ["X-Debug"]
[route.limits]
inspect_bytes = "4KiB"
body_bytes = "8KiB"
[route.deadlines]
answer = "{answer}"
[[route]]
name = "other"
path = "/other"
origin = "origin"
'''
KEYED_RULES = '''
[[rule]]
name = "inspected"
effect = "allow"
groups = ["readers"]
paths = ["/keyed/inspected", "/other/inspected"]
origin = "origin"
guards = ["destructive-sql"]
[[rule]]
name = "readers"
effect = "allow"
groups = ["readers"]
masks = ["personal-data"]
paths = ["/keyed/masked"]
[[rule]]
name = "plain"
effect = "allow"
groups = ["readers"]
paths = ["/keyed/x", "/other/x"]
'''
TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'


class Sources(unittest.TestCase):
    """Where a token stands, and which fields reach the origin."""

    def setUp(self):
        self.gateway = Gateway(BUILD, routes=KEYED.format(answer='5m'), rules=KEYED_RULES, level='info')
        self.gateway.__enter__()
        self.origin = Recorder(self.gateway)
        self.client = self.gateway.client()

    def tearDown(self):
        self.client.sock.close()
        self.origin.stop()
        self.gateway.__exit__(None, None, None)

    def ask(self, path, *fields, method='GET', body=b''):
        if body:
            fields = (*fields, 'Content-Type: application/json', f'Content-Length: {len(body)}')
        lines = (f'{method} {path} HTTP/1.1', 'Host: gate', *fields)
        self.client.send(('\r\n'.join(lines) + '\r\n\r\n').encode() + body)
        return self.client.message()

    def key(self, name='Unstructured-Api-Key'):
        return f'{name}: {self.gateway.readers}'

    def bearer(self):
        return f'Authorization: Bearer {self.gateway.readers}'

    def test_the_route_says_which_field_carries_the_token(self):
        for path, fields, status, reason in (
                ('/keyed/x', [self.key()], 200, None),
                ('/keyed/x', [self.key('unstructured-api-key')], 200, None),
                ('/keyed/x', [self.bearer()], 401, 'token_missing'),
                ('/keyed/x', [self.key('Unstructured_Api_Key')], 401, 'token_missing'),
                ('/keyed/x', [self.key('X-Api-Key')], 401, 'token_missing'),
                ('/keyed/x', [], 401, 'token_missing'),
                ('/keyed/x', ['Unstructured-Api-Key:'], 401, 'token_missing'),
                ('/keyed/x', ['Unstructured-Api-Key: secret'], 401, 'token_malformed'),
                ('/keyed/x', ['Unstructured-Api-Key: Bearer ' + self.gateway.readers], 401, 'token_malformed'),
                ('/other/x', [self.bearer()], 200, None),
                ('/other/x', [self.key()], 401, 'token_missing')):
            with self.subTest(path, fields=[field.split(':')[0] for field in fields]):
                head, body = self.ask(path, *fields)
                self.assertEqual(status_of(head), status, body)
                if reason:
                    self.assertEqual(reason_of(body), reason)

    def test_two_sources_at_once_are_refused(self):
        for path in ('/keyed/x', '/other/x'):
            for fields in ([self.key(), self.bearer()], [self.bearer(), self.key()], [self.key(), self.key()],
                           [self.bearer(), self.bearer()], [self.key(), 'Unstructured_Api_Key: x'],
                           [self.key(), 'Authorization: Basic eDp5'], [self.bearer(), 'Unstructured-Api-Key: ']):
                with self.subTest(path, fields=[field[:30] for field in fields]):
                    head, body = self.ask(path, *fields)
                    self.assertEqual((status_of(head), reason_of(body)), (400, 'token_two_sources'))
                    text = self.gateway.records('show', field(head, 'Gatehouse-Exchange-Id'), '--json').out
                    self.assertNotIn(self.gateway.readers, text)
        self.assertEqual(self.origin.asked, [])

    def test_the_token_goes_no_further_and_is_not_recorded(self):
        head, _ = self.ask('/keyed/x', self.key(), 'X-Api-Key: mine')
        self.assertEqual(status_of(head), 200)
        sent = self.origin.asked[-1][0]
        self.assertNotIn(self.gateway.readers.encode(), sent)
        self.assertEqual(field(sent, 'X-Api-Key'), 'the-origins-own-key')
        self.assertIsNone(field(sent, 'Unstructured-Api-Key'))
        shown = self.gateway.records('show', field(head, 'Gatehouse-Exchange-Id'), '--json').out
        self.assertNotIn(self.gateway.readers, shown)

    def test_fields_are_set_and_removed_on_their_route_alone(self):
        fields = ('X-Tenant: red', 'x-tenant: green', 'X_Tenant: black', 'X-Debug: 1', 'X-Other: kept')
        self.ask('/keyed/x', self.key(), *fields)
        sent = self.origin.asked[-1][0]
        self.assertEqual([line for line in sent.split(b'\r\n') if line.lower().startswith(b'x-')],
                         [b'X-Other: kept', b'X-Tenant: blue', b'X-Mode: fast', b'X-Api-Key: the-origins-own-key'])
        self.ask('/other/x', self.bearer(), *fields)
        self.assertEqual([line for line in self.origin.asked[-1][0].split(b'\r\n') if line.lower().startswith(b'x-')],
                         [b'X-Debug: 1', b'X-Other: kept', b'X-Api-Key: the-origins-own-key'])

    def test_limits_of_a_route_stand_in_the_place_of_the_gateways(self):
        body = b'{"a":"' + b'x' * 5000 + b'"}'
        head, answer = self.ask('/other/inspected', self.bearer(), method='POST', body=body)
        self.assertEqual(status_of(head), 200, answer)
        head, answer = self.ask('/keyed/inspected', self.key(), method='POST', body=body)
        self.assertEqual((status_of(head), reason_of(answer)), (413, 'limit_body_bytes'))
        self.assertIn(b'"limit":"route.limits.inspect_bytes","limit_value":"4KiB"', answer)

    def test_a_body_that_is_only_passed_on_has_a_bound_too(self):
        for path, source, status in (('/other/x', self.bearer(), 200), ('/keyed/x', self.key(), 413)):
            head, answer = self.ask(path, source, method='POST', body=b'x' * 9000)
            self.assertEqual(status_of(head), status, answer)
        self.assertEqual(reason_of(answer), 'limit_request_bytes')
        self.assertIn(b'8KiB', answer)
        self.assertEqual(len(self.origin.asked), 1)   # the length said it: nothing went out
        chunks = b''.join(b'400\r\n' + b'x' * 1024 + b'\r\n' for _ in range(9)) + b'0\r\n\r\n'
        self.client.send(f'POST /keyed/x HTTP/1.1\r\nHost: gate\r\n{self.key()}\r\nTransfer-Encoding: chunked\r\n\r\n'.encode() + chunks)
        head, answer = self.client.message()
        self.assertEqual((status_of(head), reason_of(answer)), (413, 'limit_request_bytes'))
        head, answer = self.ask('/keyed/x', self.key())   # the same connection goes on
        self.assertEqual(status_of(head), 200, answer)

    def test_a_reload_changes_routes_under_open_connections(self):
        path = self.gateway.world.path('gateway.toml')
        with open(path, encoding='utf-8') as file:
            text = file.read()
        self.assertEqual(status_of(self.ask('/other/x', self.bearer())[0]), 200)
        self.gateway.world.write('gateway.toml', text.replace('path = "/other"', 'path = "/other"\nrewrite = "/new"'))
        said = self.gateway.world.gatehouse('reload', '--config', 'gateway.toml').out
        self.assertIn('changed other (rewrite)', said)
        self.ask('/other/x', self.bearer())
        self.assertEqual(line_of(self.origin.asked[-1]), 'GET /new/x HTTP/1.1')

    def test_a_trace_is_recorded_and_passed_on_when_it_is_one(self):
        good = (f'traceparent: {TRACEPARENT}', 'tracestate: a=b', 'X-Request-Id: job-7/step.3')
        head, _ = self.ask('/other/x', self.bearer(), *good)
        sent = self.origin.asked[-1][0]
        for line in good:
            self.assertIn(line.encode(), sent)
        request = recorded(self.gateway, head)
        self.assertEqual((request['traceparent'], request['request_id']), (TRACEPARENT, 'job-7/step.3'))
        for name, fields in {
                'upper case': [f'traceparent: {TRACEPARENT.upper()}'],
                'twice': [f'traceparent: {TRACEPARENT}'] * 2,
                'zero': ['traceparent: 00-' + '0' * 32 + '-00f067aa0ba902b7-01'],
                'long': [f'traceparent: {TRACEPARENT}-more'],
                'state alone': []}.items():
            with self.subTest(name):
                head, _ = self.ask('/other/x', self.bearer(), *fields, 'tracestate: a=b', 'X-Request-Id: a b', 'X-Other: 1')
                self.assertEqual(status_of(head), 200)
                sent = self.origin.asked[-1][0].lower()
                self.assertIn(b'x-other: 1', sent)
                for gone in (b'traceparent', b'tracestate', b'x-request-id'):
                    self.assertNotIn(gone, sent)
                self.assertNotIn('traceparent', recorded(self.gateway, head))
                self.assertNotIn('request_id', recorded(self.gateway, head))

    def test_a_refused_request_keeps_its_trace_in_records_and_log(self):
        head, _ = self.ask('/other/none', self.bearer(), f'traceparent: {TRACEPARENT}', 'X-Request-Id: 42')
        self.assertEqual(status_of(head), 403)
        self.assertEqual(recorded(self.gateway, head)['request_id'], '42')
        eventually('logged', lambda: any(TRACEPARENT in line.values() for line in log_lines(self.gateway, 'exchange')))


class Deadlines(unittest.TestCase):
    def test_a_routes_deadline_stands_in_the_place_of_the_gateways(self):
        with Gateway(BUILD, routes=KEYED.format(answer='300ms'), rules=KEYED_RULES, deadlines='answer = "60s"') as gateway, gateway.client() as client:
            line = f'GET /keyed/x HTTP/1.1\r\nHost: gate\r\nUnstructured-Api-Key: {gateway.readers}\r\n\r\n'
            client.send(line.encode())
            with gateway.origin() as origin:
                origin.message()
                head, body = client.message()   # the origin says nothing
            self.assertEqual((status_of(head), reason_of(body)), (504, 'origin_timeout'))
            self.assertIn(b'300ms', body)


MANY = '''
[[origin]]
name = "many"
addresses = [{addresses}]
host = "many.internal"
[[route]]
name = "many"
origin = "many"
[[route]]
name = "unused"
path = "/unused"
origin = "origin"
'''


class Addresses(unittest.TestCase):
    """An origin with several addresses."""

    def start(self, addresses, **settings):
        routes = MANY.format(addresses=', '.join(f'"{each}"' for each in addresses))
        return Gateway(BUILD, routes=routes, rules=RULES.replace('/chunker/admin/**', '/admin/**'), **settings)

    def ask(self, gateway, method='GET', body=b''):
        with gateway.client() as client:
            client.send(gateway.request(method, '/x', body))
            return client.message()

    def tried_once_per_rest(self, gateway, began):
        """An address that failed rests for five seconds."""
        failed = metric(gateway, 'gatehouse_origin_connects_failed_total')
        self.assertTrue(1 <= failed <= 1 + (time.monotonic() - began) // 5, failed)

    def test_they_take_turns(self):
        first, second = Second(), Second()
        with self.start([first.address, second.address]) as gateway:
            heads = [self.ask(gateway)[0] for _ in range(10)]
            self.assertEqual({status_of(head) for head in heads}, {200})
            self.assertEqual((len(first.asked), len(second.asked)), (5, 5))
            self.assertEqual([recorded(gateway, head)['origin_address'] for head in heads[:2]], [first.address, second.address])
            self.assertEqual(metric(gateway, 'gatehouse_origin_connects_total'), 2)   # a pool for each
        first.stop()
        second.stop()

    def test_a_dead_one_costs_nobody_an_answer_and_is_used_again_when_it_lives(self):
        first, dead = Second(), Second()
        gone = dead.address
        dead.stop()
        with self.start([gone, first.address]) as gateway:
            began = time.monotonic()
            for method in ('GET', 'POST', 'POST', 'GET', 'POST', 'GET'):
                head, body = self.ask(gateway, method, b'{"a":1}' if method == 'POST' else b'')
                self.assertEqual(status_of(head), 200, body)
            self.assertEqual(len(first.asked), 6)
            self.tried_once_per_rest(gateway, began)
            back = Second(int(gone.rsplit(':', 1)[1]))
            eventually('the one that is back is used', lambda: self.ask(gateway) and back.asked)
            back.stop()
        first.stop()

    def test_one_that_does_not_answer_the_connection_is_left_for_the_next(self):
        first, deaf = Second(), socket.socket()
        deaf.bind(('127.0.0.1', 0))
        deaf.listen(0)   # its queue is full below: further connections get no answer
        fill = [socket.socket() for _ in range(8)]
        for each in fill:
            each.setblocking(False)
            each.connect_ex(deaf.getsockname())
        with self.start(['127.0.0.1:%d' % deaf.getsockname()[1], first.address], deadlines='connect = "1s"') as gateway:
            began = time.monotonic()
            for _ in range(3):
                head, body = self.ask(gateway, 'POST', b'{}')
                self.assertEqual(status_of(head), 200, body)
            self.tried_once_per_rest(gateway, began)
        for each in (*fill, deaf):
            each.close()
        first.stop()

    def test_all_dead_is_an_answer_too(self):
        with socket.socket() as one, socket.socket() as two:
            one.bind(('127.0.0.1', 0))   # bound, but not listening: nobody else takes the port
            two.bind(('127.0.0.1', 0))
            with self.start(['127.0.0.1:%d' % each.getsockname()[1] for each in (one, two)]) as gateway:
                for expected in (2, 4):   # resting or not, they are the last resort
                    head, body = self.ask(gateway)
                    self.assertEqual((status_of(head), reason_of(body)), (502, 'origin_connect'))
                    self.assertEqual(metric(gateway, 'gatehouse_origin_connects_failed_total'), expected)

    def test_what_was_sent_is_not_sent_to_another(self):
        first = Second()
        breaking = socket.socket()
        breaking.bind(('127.0.0.1', 0))
        breaking.listen(8)
        breaking.settimeout(PATIENCE)
        with self.start(['127.0.0.1:%d' % breaking.getsockname()[1], first.address]) as gateway, gateway.client() as client:
            client.send(gateway.request('POST', '/x', b'{}'))
            with Wire(breaking.accept()[0]) as taken:
                taken.message()   # it has it, and ends
            head, body = client.message()
            self.assertEqual((status_of(head), reason_of(body)), (502, 'origin_closed'))
            self.assertEqual(first.asked, [])
        breaking.close()
        first.stop()


HELD = '''
[[route]]
name = "gone-later"
path = "/collections"
origin = "origin"
[[route]]
name = "stays"
path = "/plain"
origin = "origin"
'''
HELD_RULES = '''
[[rule]]
name = "risky"
effect = "approve"
groups = ["readers"]
methods = ["DELETE"]
'''


class Held(unittest.TestCase):
    """A held request takes the routes of the moment in which it is released."""

    def held(self, gateway, fresh, end):
        with gateway.client() as client:
            client.send(gateway.request('DELETE', '/collections/x'))
            cards = []
            eventually('held', lambda: cards.extend(json.loads(gateway.world.gatehouse(
                'approvals', 'list', '--json', '--config', 'gateway.toml').out)) or cards)
            with open(gateway.world.path('gateway.toml'), encoding='utf-8') as file:
                text = file.read()
            gateway.world.write('gateway.toml', fresh(text))
            gateway.world.gatehouse('reload', '--config', 'gateway.toml')
            end(client, cards[0]['id'])
            return cards[0]['id']

    def test_a_route_that_is_gone_releases_nothing(self):
        def approve(client, name):
            gateway.world.gatehouse('approvals', 'approve', name, '--config', 'gateway.toml')
            head, body = client.message()
            self.assertEqual((status_of(head), reason_of(body)), (404, 'policy_route'))
            self.assertEqual(field(head, 'Content-Type'), 'application/json')

        with Gateway(BUILD, routes=HELD, rules=HELD_RULES) as gateway:
            name = self.held(gateway, lambda text: text.replace('path = "/collections"', 'path = "/elsewhere"'), approve)
            self.assertFalse(gateway.origin_called())
            self.assertIn('gone-later', gateway.records('show', name).out)

    def test_a_client_that_leaves_after_its_route_went(self):
        with Gateway(BUILD, routes=HELD, rules=HELD_RULES) as gateway:
            one_route = HELD[HELD.rindex('[[route]]'):]
            self.held(gateway, lambda text: text.replace(HELD, one_route), lambda client, _: client.sock.close())
            eventually('cancelled', lambda: metric(gateway, 'gatehouse_exchanges_total{reason="approval_cancelled"}') == 1)
            with gateway.client() as client:   # it lives
                client.send(gateway.request('DELETE', '/other'))
                self.assertEqual(status_of(client.message()[0]), 404)


if __name__ == '__main__':
    unittest.main()
