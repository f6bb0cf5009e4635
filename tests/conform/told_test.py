"""What an origin is told of its callers is what was verified, whatever clients and tokens say. Usage: told_test.py BUILD"""
import json
import os
import socket
import ssl
import struct
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ends import Recorder, eventually, reason_of, recorded, signed, status_of  # noqa: E402
from gateway import PATIENCE, Gateway, Wire, field  # noqa: E402
import world  # noqa: E402

BUILD = sys.argv.pop(1)
SET = {'X-User': '{subject}', 'Remote-User': '{subject}', 'X-Forwarded-User': '{subject}', 'X-Groups': '{groups}', 'X-Tenant': '{issuer}',
       'X-Forwarded-For': '{address}', 'X-Real-IP': '{address}', 'X-Forwarded-Proto': '{scheme}', 'X-Forwarded-Host': '{host}'}
LISTENERS = '''
[[listener]]
name = "six"
address = "[::1]:{six}"
[[listener]]
name = "local"
address = "unix:{local}"
[[listener]]
name = "proxied"
address = "127.0.0.1:{proxied}"
proxy_from = ["127.0.0.1"]
[[listener]]
name = "tls"
address = "127.0.0.1:{tls}"
[[listener.certificate]]
chain_file = "tls/cert.pem"
key_file = "tls/key.pem"
'''
ROUTES = ('[[route]]\nname = "told"\npath = "/"\nhosts = ["gate", "*.example.org"]\norigin = "origin"\nset_headers = %s\n' %
          json.dumps([f'{name}: {word}' for name, word in SET.items()]))
RULES = '''
[[rule]]
name = "plain"
effect = "allow"
groups = ["*"]
paths = ["/plain/**"]
[[rule]]
name = "risky"
effect = "approve"
groups = ["*"]
methods = ["DELETE"]
paths = ["/held/**"]
'''


def proxy_header(family, address):
    numbers = socket.inet_pton(family, address) + socket.inet_pton(family, '::1' if family == socket.AF_INET6 else '10.0.0.1')
    body = numbers + struct.pack('>HH', 40000, 443)
    return b'\r\n\r\n\0\r\nQUIT\n' + bytes([0x21, 0x21 if family == socket.AF_INET6 else 0x11]) + struct.pack('>H', len(body)) + body


class Told(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = Gateway(BUILD, routes=ROUTES, rules=RULES, deadlines='handshake = "5m"')
        cls.ports = {name: world.free_port(0) for name in ('six', 'proxied', 'tls')}
        cls.local = os.path.join(cls.gateway.state, 'client.sock')
        cls.gateway.settings['listener'] = LISTENERS.format(local=cls.local, **cls.ports)
        cls.gateway.world.tool('issuer', 'certificate', '--dir', 'tls', '--name', 'gate.example.org')
        cls.gateway.start()
        cls.origin = Recorder(cls.gateway)

    @classmethod
    def tearDownClass(cls):
        cls.origin.stop()
        cls.gateway.__exit__(None)

    def ask(self, *fields, client=None, token=None, host='gate', first=b''):
        request = first + self.gateway.request('GET', '/plain/x', fields=fields, token=token).replace(b'Host: gate', b'Host: ' + host.encode())
        if client is not None:
            client.send(request)
            return client.message()
        with self.gateway.client() as wire:
            return self.ask(*fields, client=wire, token=token, host=host, first=first)

    def told(self, *fields, **how):
        """What the origin was told, [(name, value)] in order: all but Host and its own credential."""
        head, body = self.ask(*fields, **how)
        self.assertEqual(status_of(head), 200, body)
        lines = self.origin.asked[-1][0].decode('latin-1').split('\r\n')[1:]
        return [tuple(line.split(': ', 1)) for line in lines if line and not line.startswith(('Host: ', 'X-Api-Key: '))]

    def all(self, **values):
        """Every field that the route sets, of this caller; without those that are ''."""
        known = {'subject': 'job-7', 'groups': 'readers', 'issuer': 'test', 'address': '127.0.0.1', 'scheme': 'http', 'host': 'gate', **values}
        return [(name, known[word.strip('{}')]) for name, word in SET.items() if known[word.strip('{}')]]

    def test_what_the_client_says_itself_never_arrives(self):
        self.assertEqual(self.told(), self.all())
        for spelled in (str, str.lower, str.upper, lambda name: name.replace('-', '_'), lambda name: name.lower().replace('-', '_'),
                        lambda name: name.replace('-', '.')):
            fields = [spelled(name) + ': forged' for name in SET] * 2
            self.assertEqual(self.told(*fields), self.all())
        self.assertEqual(self.told('Forwarded: for=forged', 'X-Forwarded-Port: 1', 'X-Kept: kept'), [('X-Kept', 'kept')] + self.all())

        for name in ('X-User', 'x-tenant', 'Remote-User'):   # hop-by-hop, says the client
            self.assertEqual(self.told(f'Connection: {name}', f'{name}: forged'), self.all())

    def test_each_request_of_a_connection_tells_its_own_caller(self):
        other = self.gateway.token('readers,writers', client='job-8')
        with self.gateway.client() as client:
            for _ in range(3):
                self.assertEqual(self.told(client=client), self.all())
                self.assertEqual(self.told(client=client, token=other), self.all(subject='job-8', groups='readers,writers'))
                head, body = self.ask(client=client, token=self.gateway.token('readers', ttl='-3600'))
                self.assertEqual((status_of(head), reason_of(body)), (401, 'token_expired'))

    def test_hostile_names_stand_in_one_field(self):
        for subject, said in (('a, b', 'a%2C%20b'), ('100%', '100%25'), ('a%0D%0AX-Admin: 1', 'a%250D%250AX-Admin:%201'),
                              ('jörg', 'j%C3%B6rg'), ('\U0001f600', '%F0%9F%98%80'), ('{groups}', '{groups}'), ('"a";b=c', '"a";b=c')):
            with self.subTest(subject):
                self.assertEqual(self.told(token=signed(self.gateway, sub=subject)), self.all(subject=said))
        groups = ['readers', 'a,admin', '100%', 'ö x']
        self.assertEqual(self.told(token=signed(self.gateway, groups=groups)), self.all(groups='100%25,a%2Cadmin,readers,%C3%B6%20x'))

    def test_control_bytes_in_a_name_are_no_caller(self):
        before = len(self.origin.asked)
        for subject in ('a\r\nX-Admin: 1', 'a\0', '\x1b[31m', '\u202e'):
            head, body = self.ask(token=signed(self.gateway, sub=subject))
            self.assertEqual((status_of(head), reason_of(body)), (401, 'token_claims'))
        for fields in ((), ('X-User: job-7', 'X-Forwarded-User: job-7')):
            with self.gateway.client() as client:
                client.send(('\r\n'.join(('GET /plain/x HTTP/1.1', 'Host: gate', *fields)) + '\r\n\r\n').encode())
                head, body = client.message()
                self.assertEqual((status_of(head), reason_of(body)), (401, 'token_missing'))
        self.assertEqual(len(self.origin.asked), before)

    def test_groups_that_do_not_fit_are_refused_and_never_cut(self):
        before = len(self.origin.asked)
        groups = ['%03d' % i + 'g' * 29 for i in range(124)]    # 124 * 32 + 123 commas: 4091
        self.assertEqual(self.told(token=signed(self.gateway, groups=groups)), self.all(groups=','.join(groups)))
        head, body = self.ask(token=signed(self.gateway, groups=groups + ['zzzzz']))
        self.assertEqual((status_of(head), reason_of(body)), (401, 'token_groups'))
        self.assertEqual(len(self.origin.asked), before + 1)

    def test_a_host_is_told_as_it_was_compared(self):
        for host, said in (('GATE', 'gate'), ('gate:8443', 'gate'), ('Eu.Example.org.', 'eu.example.org')):
            self.assertEqual(self.told(host=host), self.all(host=said))
        head, body = self.ask(host='other')
        self.assertEqual((status_of(head), reason_of(body)), (404, 'policy_route'))

    def test_an_address_is_where_the_connection_comes_from(self):
        with Wire(socket.create_connection(('::1', self.ports['six']), PATIENCE)) as client:
            self.assertEqual(self.told(client=client), self.all(address='::1'))
        with Wire(socket.socket(socket.AF_UNIX)) as client:
            client.sock.connect(self.local)
            self.assertEqual(self.told('X-Forwarded-For: forged', client=client), self.all(address=''))
        for family, address, said in ((socket.AF_INET, '192.0.2.7', '192.0.2.7'), (socket.AF_INET6, '2001:db8::7', '2001:db8::7'),
                                      (socket.AF_INET6, '::ffff:192.0.2.9', '192.0.2.9')):
            with self.subTest(address), Wire(socket.create_connection(('127.0.0.1', self.ports['proxied']), PATIENCE)) as client:
                self.assertEqual(self.told(client=client, first=proxy_header(family, address)), self.all(address=said))
                self.assertEqual(self.told(client=client), self.all(address=said))

    def test_the_scheme_is_the_listeners(self):
        settings = ssl.create_default_context(cafile=os.path.join(self.gateway.state, 'tls/cert.pem'))
        plain = socket.create_connection(('127.0.0.1', self.ports['tls']), PATIENCE)
        with Wire(settings.wrap_socket(plain, server_hostname='gate.example.org')) as client:
            self.assertEqual(self.told('X-Forwarded-Proto: http', client=client, host='gate.example.org'),
                             self.all(scheme='https', host='gate.example.org'))

    def test_a_person_approves_what_the_origin_is_told(self):
        def approvals(*words):
            return self.gateway.world.gatehouse('approvals', *words, '--config', 'gateway.toml').out
        with self.gateway.client() as client:
            client.send(self.gateway.request('DELETE', '/held/x', fields=['X-User: forged']))
            cards = []
            eventually('it is held', lambda: cards.extend(json.loads(approvals('list', '--json'))) or cards)
            approvals('show', cards[0]['id'], '--request', '--output', 'request')
            approvals('approve', cards[0]['id'])
            head, body = client.message()
        self.assertEqual(status_of(head), 200, body)
        got = self.origin.asked[-1][0]
        with open(self.gateway.world.path('request'), 'rb') as file:
            self.assertEqual(file.read().replace(b': *\r\n', b': the-origins-own-key\r\n'), got)
        self.assertIn(b'\r\nX-User: job-7\r\n', got)
        self.assertNotIn(b'forged', got)

    def test_records_and_explain_say_the_bytes_that_the_origin_got(self):
        token = signed(self.gateway, sub='jörg, 100%', groups=['readers', 'a,b'])
        head, _ = self.ask('X-User: forged', token=token)
        got = self.origin.asked[-1][0]
        exchange = field(head, 'Gatehouse-Exchange-Id')
        covered = got.replace(b'the-origins-own-key', b'*')
        self.assertEqual(recorded(self.gateway, head)['origin_head'].encode(), covered)
        replayed = self.gateway.records('replay', exchange, '--part', 'origin-request').stdout
        self.assertEqual(replayed, covered)
        self.gateway.world.write('token', token)

        def explained(*words):
            return self.gateway.world.gatehouse('explain', '--config', 'gateway.toml', '--path', '/plain/x', '--host', 'gate', '--token-file', 'token',
                                                '--header', 'X-User: forged', *words).out
        told = json.loads(explained('--from', '127.0.0.1', '--listener', 'main', '--json'))
        lines = got.decode().split('\r\n')
        self.assertEqual(told['origin_fields'], [line for line in lines if line.split(':')[0] in SET])
        self.assertEqual(len(told['origin_fields']), len(SET))
        self.assertEqual(told['notes'], [])
        text = explained()
        for said in ('X-User: j%C3%B6rg%2C%20100%25\n', 'say --from ADDRESS', 'say --listener NAME'):
            self.assertIn(said, text)
        self.assertNotIn('X-Forwarded-For:', text)
        many = signed(self.gateway, groups=['%03d' % i + 'g' * 60 for i in range(100)])
        self.gateway.world.write('token', many)
        refused = self.gateway.world.gatehouse('explain', '--config', 'gateway.toml', '--path', '/plain/x', '--host', 'gate', '--token-file', 'token',
                                               '--json', check=False)
        self.assertEqual(json.loads(refused.out)['reason'], 'token_groups')


if __name__ == '__main__':
    unittest.main()
