"""Every key of the process, one after the other, is taken over by `gatehouse reload`, and does then what it says.
Usage: reload_keys_test.py BUILD"""
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ends import EchoOrigin, answer, becomes, eventually, field, log_lines, metric, page, reason_of, status_of  # noqa: E402
from changing import Changing  # noqa: E402
from gateway import CONFINED  # noqa: E402
from world import free_port  # noqa: E402

BUILD = sys.argv.pop(1)
TABLES = ('log', 'gateway', 'records', 'limits', 'deadlines')


class Keys(Changing):
    """Its configuration is made of `values`, {table: {key: text}}, and the rest."""

    def text(self):
        whole = super().text()
        self.rest = '[[listener]]' + whole.split('[[listener]]', 1)[1]
        off = ['"no_sqarray"'] if CONFINED else []
        self.values = {'gateway': {'workers': '1', 'run_dir': '"run"', 'health_address': f'"127.0.0.1:{self.health}"',
                                   'ring_off': f'[{", ".join(off)}]'},
                       'log': {'level': '"warning"'},
                       'records': {'dir': '"records"', 'ring_dir': f'"{self.rings}"', 'ring_size': '"1MiB"', 'segment_size': '"1MiB"'},
                       'limits': {}, 'deadlines': {}}
        return self.made()

    def made(self):
        parts = [f'[{table}]\n' + ''.join(f'{key} = {value}\n' for key, value in self.values[table].items()) for table in TABLES]
        return ''.join(parts) + self.rest

    def set(self, table, key, value):
        self.values[table][key] = value
        self.place('gateway.toml', self.made())
        return self.world.gatehouse('reload', '--config', 'gateway.toml', '--json', check=False)

    def ask(self, method='GET', path='/plain/x', body=b'', fields=()):
        """(status, reason or '', head)"""
        with self.client() as client:
            client.send(self.request(method, path, body, fields))
            head, said = client.message()
        return status_of(head), reason_of(said) if status_of(head) >= 400 and said.startswith(b'{') else '', head

    def cut(self, bytes_):
        """What a client gets that says this and no more, until the gateway ends its connection."""
        with self.client() as client:
            client.send(bytes_)
            return client.until_end()


class EveryKey(unittest.TestCase):
    def effects(self, gateway):
        """{key: (value, what then holds)}; None: that it is taken over is all that is asked here, others test what it does."""
        there = lambda *path: os.path.exists(gateway.world.path(*path))
        health = free_port(0)

        def healthy():
            gateway.health = health
            return page(gateway, '/livez')[0] == 200

        def ring_of(size):
            return lambda: any(os.path.getsize(os.path.join(where, name)) >= size for where, _, names in os.walk(gateway.world.path('rings2')) for name in names)

        def refused(status, reason, **asked):
            return lambda: gateway.ask(**asked)[:2] == (status, reason)
        more = [f'X-{i}: 1' for i in range(20)]
        part = b'GET /plain/x HTTP/1.1\r\nHost: gate\r\n'
        whole = gateway.request('GET', '/plain/x')
        return {
            'gateway': {'workers': ('2', lambda: metric(gateway, 'gatehouse_workers') == 2), 'run_dir': ('"run2"', lambda: there('run2', 'admin.sock')),
                        'state_dir': ('"state2"', lambda: there('state2', 'gatehouse.db')), 'cache_dir': ('"cache2"', None),
                        'health_address': (f'"127.0.0.1:{health}"', healthy), 'gather': ('"0us"', None),
                        'refusals': ('"problem"', lambda: b'application/problem+json' in gateway.ask(path='/nowhere')[2]),
                        'ring_off': ('["no_sqarray", "restricted"]', lambda: any(
                            'restricted' not in line['io_uring'] for line in log_lines(gateway) if line['event'] == 'generation_started'))},
            'log': {'level': ('"info"', lambda: any(line['event'] == 'reloaded' for line in log_lines(gateway)))},
            'records': {'dir': ('"records2"', lambda: there('records2')), 'ring_dir': ('"rings2"', lambda: there('rings2')),
                        'ring_size': ('"3MiB"', ring_of(3 << 20)), 'segment_size': ('"2MiB"', None), 'commit_interval': ('"1ms"', None),
                        'on_full': ('"overwrite"', None), 'erase': ('["pin"]', None), 'digest_key_file': ('"secrets/digest.key"', None),
                        'keep': ('"1h"', None), 'keep_size': ('"1GiB"', None), 'hold': ('true', None), 'auditor_keys': ('["ann.key.pub"]', None),
                        'operations_key': ('"operations.key.pub"', None), 'sealed': ('"all"', None),
                        'heads_key_file': ('"heads.key"', lambda: b'gatehouse_record_heads' in page(gateway)[1].encode()),
                        'head_interval': ('"100ms"', None), 'strict': ('true', None), 'witness': ('"http://127.0.0.1:1/"', None)},
            'limits': {'head_fields': ('16', refused(431, 'limit_head_fields', fields=more)),
                       'target_bytes': ('"1KiB"', refused(414, 'limit_target_bytes', path='/plain/' + 'x' * 1100)),
                       'head_bytes': ('"4KiB"', refused(431, 'limit_head_bytes', fields=['X-A: ' + 'x' * 5000])),
                       'body_memory': ('"64MiB"', None), 'inspect_bytes': ('"64KiB"', refused(413, 'limit_body_bytes', method='POST', path='/chunk',
                           body=b'"' + b'x' * 70000 + b'"', fields=['Content-Type: application/json'])),
                       'body_bytes': ('"2KiB"', refused(413, 'limit_request_bytes', method='POST', body=b'x' * 3000)),
                       'queued_bytes': ('"64KiB"', None), 'body_rate': ('"2KiB"', None), 'connections': ('9000', None), 'held': ('3', None),
                       'failed_tokens': ('9', None), 'failed_tokens_connection': ('2', None), 'guard_cost': ('3000', None), 'mask_streams': ('8', None),
                       'origin_idle': ('0', None)},
            'deadlines': {'head': ('"50ms"', lambda: b' 408 ' in gateway.cut(part)), 'idle': ('"50ms"', lambda: gateway.cut(whole).startswith(b'HTTP/1.1 200 ')),
                          'progress': ('"50ms"', lambda: b' 408 ' in gateway.cut(gateway.request('POST', '/plain/x', b'x' * 9)[:-1])),
                          'handshake': ('"1s"', None), 'connect': ('"1s"', None), 'answer': ('"60s"', None), 'hold': ('"60s"', None),
                          'drain': ('"1s"', None)},
        }

    def test_is_taken_over_and_does_what_it_says(self):
        gateway = Keys(BUILD)
        for kind, name in (('auditor', 'ann'), ('operations', 'operations')):
            gateway.world.gatehouse('keys', 'make', kind, '--name', name, '--out', name + '.key')
        gateway.world.gatehouse('keys', 'make', 'heads', '--name', 'heads', '--out', 'heads.key')
        gateway.world.write('secrets/digest.key', 'd' * 32)
        os.chmod(gateway.world.path('secrets', 'digest.key'), 0o600)
        with gateway:
            origin = EchoOrigin(gateway, lambda head, body: answer(b'{}'))
            schema = json.loads(gateway.world.gatehouse('check', '--schema').out)['properties']
            effects = self.effects(gateway)
            self.assertEqual({table: set(effects[table]) for table in TABLES}, {table: set(schema[table]['properties']) for table in TABLES})
            self.assertEqual({name for name, each in schema.items() if each.get('type') != 'array'}, {*TABLES, 'token_exchange'})
            for table in TABLES:
                for key, (value, holds) in effects[table].items():
                    with self.subTest(f'{table}.{key}'):
                        if holds and table == 'limits':
                            self.assertFalse(holds(), 'before')
                        done = gateway.set(table, key, value)
                        told = json.loads(done.out)
                        self.assertEqual((done.returncode, told['errors']), (0, 0), done.out)
                        self.assertIn(f'{table}.{key}', [each['name'] for each in told['changes']['settings']['changed']])
                        if holds:
                            eventually(f'{table}.{key}', holds)
                        eventually('one generation', lambda: metric(gateway, 'gatehouse_generations') == 1)
            self.assertEqual(gateway.ask()[0], 200)
            origin.stop()


if __name__ == '__main__':
    unittest.main()
