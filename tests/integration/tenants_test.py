"""A key per tenant with a real gateway: who destroys one has erased that tenant's exchanges, for every command and every reader,
and nobody else's. Usage: tenants_test.py BUILD"""
import json
import os
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../support'))
from gateway import CONFIG, PATIENCE, Gateway, answer, field  # noqa: E402

BUILD = sys.argv.pop(1)
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TENANTS = '''[[tenant]]
name = "acme"
key_file = "acme.key"
[[tenant]]
name = "globex"
key_file = "globex.key"
[[listener]]'''
TENANT_CONFIG = CONFIG.replace('[records]', '[records]\nauditor_keys = ["ann.key.pub"]\noperations_key = "host.key.pub"\n'
                               'heads_key_file = "heads.key"').replace('[[listener]]', TENANTS, 1)
ROUTES = ''.join(f'[[route]]\nname = "{name}"\npath = "/{path}"\norigin = "origin"\n' + (f'tenant = "{name}"\n' if path else '')
                 for name, path in (('acme', 'acme'), ('globex', 'globex'), ('rest', '')))
RULES = '''
[[rule]]
name = "all"
effect = "allow"
groups = ["readers"]
methods = ["GET", "POST"]
masks = ["personal-data"]
commit = "now"
[[rule]]
name = "risky"
effect = "approve"
groups = ["readers"]
methods = ["DELETE"]
'''


class Tenants(unittest.TestCase):
    def gateway(self):
        gateway = Gateway(BUILD, TENANT_CONFIG, ring_size='1MiB', segment_size='1MiB', routes=ROUTES, rules=RULES,
                          deadlines='hold = "600s"')
        for use, name in (('auditor', 'ann'), ('operations', 'host'), ('heads', 'heads'), ('tenant', 'acme'), ('tenant', 'globex')):
            gateway.world.tool('gatehouse', 'keys', 'make', use, '--name', name, '--out', name + '.key')
        return gateway

    def exchange(self, gateway, tenant, word='first'):
        """One masked exchange on a tenant's route: its id. What it holds in plain text names the tenant."""
        body = f'{{"text":"asked {word} by {tenant}"}}'.encode()
        original = json.dumps([{'text': f'answered {word} to {tenant}, for jane@{tenant}.example.org'}]).encode()
        with gateway.client() as client:
            client.send(gateway.request('POST', f'/{tenant}/path-{word}-of-{tenant}', body, ['Content-Type: application/json']))
            with gateway.origin() as origin:
                self.assertEqual(origin.message()[1], body)
                origin.send(answer(original))
                head, _ = client.message()
        return field(head, 'Gatehouse-Exchange-Id')

    def eventually(self, condition):
        end = time.monotonic() + PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)

    def approvals(self, gateway, *words):
        return gateway.world.gatehouse('approvals', *words, '--config', 'gateway.toml')

    def plain(self, tenant, word='first'):
        return [f'asked {word} by {tenant}', f'answered {word} to {tenant}', f'jane@{tenant}', f'path-{word}-of-{tenant}']

    def stored(self, gateway):
        """Every byte of every file of the gateway's: rings, segments, heads, indexes, notes, its state."""
        stored = b''
        for top in (gateway.rings, gateway.state):
            for folder, _, names in os.walk(top):
                if os.path.basename(folder) == 'logs':   # log lines say paths; they are no records
                    continue
                for name in names:
                    path = os.path.join(folder, name)
                    if os.path.isfile(path):
                        with open(path, 'rb') as file:
                            stored += file.read()
        return stored

    def keyed(self, gateway, *words, keys=('ann',), check=False):
        return gateway.records(*words, *[word for key in keys for word in ('--key', key + '.key')], check=check)

    def python(self, gateway, *words, keys=()):
        return subprocess.run([sys.executable, os.path.join(ROOT, 'tools/records.py'), *words, '--rings', gateway.rings,
                               *[word for key in keys for word in ('--key', os.path.join(gateway.state, key + '.key'))]],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)

    def readable(self, gateway, exchange, tenant, word='first', keys=()):
        keys = ('ann', tenant, *keys)
        self.assertIn(f'asked {word} by {tenant}', self.keyed(gateway, 'replay', exchange, keys=keys, check=True).out)
        self.assertIn(f'jane@{tenant}', self.keyed(gateway, 'replay', exchange, '--part', 'origin-answer', keys=keys, check=True).out)

    def test_a_destroyed_key_erases_one_tenant_everywhere(self):
        with self.gateway() as gateway:
            acme, globex, rest = (self.exchange(gateway, tenant) for tenant in ('acme', 'globex', 'rest'))
            self.readable(gateway, acme, 'acme')
            self.readable(gateway, globex, 'globex')
            self.assertIn('asked first by rest', self.keyed(gateway, 'replay', rest, check=True).out)
            gateway.kill()   # recovery closes nothing of tenants in clear, and what is in rings opens as well
            self.readable(gateway, acme, 'acme')
            gateway.start()
            again = self.exchange(gateway, 'acme', 'second')
            self.assertFalse(gateway.world.stop())

            copy = os.path.join(gateway.state, 'acme.key')
            os.unlink(copy)
            for word in ('first', 'second'):
                for text in self.plain('acme', word):
                    self.assertNotIn(text.encode(), self.stored(gateway))
            keys = ('ann', 'host', 'globex')
            for exchange in (acme, again):
                for words in (('show', exchange), ('show', exchange, '--json'), ('replay', exchange), ('list', '--json'), ('search', 'asked'),
                              ('export', '--format', 'jsonl'), ('replay', exchange, '--part', 'origin-answer', '--body-only')):
                    done = self.keyed(gateway, *words, keys=keys)
                    for text in self.plain('acme') + self.plain('acme', 'second'):
                        self.assertNotIn(text, done.out + done.err, words)
                self.assertIn('tenant acme, whose key was not given', self.keyed(gateway, 'replay', exchange, keys=keys).out +
                              self.keyed(gateway, 'replay', exchange, keys=keys).err)
                shown = json.loads(self.keyed(gateway, 'show', exchange, '--json', keys=keys).out)
                self.assertEqual({each['sealed']['operations'] for each in shown['records'] if 'sealed' in each}, {'no_tenant_key'})
                self.assertIn('tenant acme', self.keyed(gateway, 'show', exchange, keys=keys).out)
            self.readable(gateway, globex, 'globex')

            # Chain, heads and order are proved as before; of acme's contents it is said that they are not.
            done = self.keyed(gateway, 'verify', '--json', '--heads-key', 'heads.key.pub', keys=keys)
            totals = json.loads(done.out.splitlines()[-1])
            self.assertEqual((done.returncode, totals['problems']), (0, 0), done.out)
            self.assertGreater(totals['signed_records'], 0)
            self.assertGreater(totals['tenants']['acme']['no_tenant_key'], 0)
            self.assertEqual(totals['tenants']['acme']['proved'], 0)
            self.assertGreater(totals['tenants']['globex']['proved'], 0)
            self.assertEqual(totals['operations']['no_key'], totals['tenants']['acme']['no_tenant_key'])
            self.assertRegex(self.keyed(gateway, 'verify', keys=keys).out, r'tenant +acme: not proved \(no key of this tenant')
            gateway.world.tool('gatehouse', 'keys', 'make', 'tenant', '--name', 'acme', '--out', 'other.key')
            done = self.keyed(gateway, 'verify', keys=('ann', 'other'))
            self.assertEqual(done.returncode, 74)
            self.assertIn("the key given of tenant 'acme' is not the one", done.out)
            done = self.keyed(gateway, 'verify', keys=('globex',))
            self.assertEqual((done.returncode, 'given alone' in done.out), (74, True), done.out)
            self.assertIn('another key than those of this tenant', self.keyed(gateway, 'show', acme, keys=('ann', 'other')).out)

            # The reader that was written from the document says the same.
            folder = os.path.join(gateway.state, 'records')
            body = self.python(gateway, 'body', folder, globex, 'request', keys=('ann', 'globex'))
            self.assertEqual(body.stdout, '{"text":"asked first by globex"}', body.stderr)
            self.assertEqual(self.python(gateway, 'body', folder, acme, 'request', keys=('ann', 'globex')).stdout, '')
            done = self.python(gateway, 'verify', folder, keys=('ann', 'globex'))
            self.assertEqual((done.returncode, done.stderr), (0, ''))
            self.assertIn('not proved, no key of tenant acme', done.stdout)

            # And nothing starts that would record without the key.
            done = gateway.world.tool('gatehouse', 'check', '--config', 'gateway.toml', check=False)
            self.assertEqual(done.returncode, 78)
            self.assertIn('acme.key', done.out + done.err)

    def test_a_changed_key_holds_from_the_reload_on(self):
        with self.gateway() as gateway:
            before = self.exchange(gateway, 'acme')
            with gateway.client() as client:   # held while the key changes
                client.send(gateway.request('DELETE', '/acme/path-held-of-acme'))
                cards = []
                self.eventually(lambda: cards.extend(json.loads(self.approvals(gateway, 'list', '--json').out)) or cards)
                held = cards[0]['id']
                os.rename(os.path.join(gateway.state, 'acme.key'), os.path.join(gateway.state, 'old.key'))
                done = gateway.world.gatehouse('reload', '--config', 'gateway.toml', check=False)
                self.assertNotEqual(done.returncode, 0, 'a gateway without the key keeps the configuration that it has')
                self.assertIn('acme.key', done.out + done.err)
                gateway.world.tool('gatehouse', 'keys', 'make', 'tenant', '--name', 'acme', '--out', 'acme.key')
                gateway.world.gatehouse('reload', '--config', 'gateway.toml')
                self.eventually(lambda: 'tenant acme, key' in gateway.records('snapshots', now=True).out)   # the worker has it
                self.approvals(gateway, 'deny', held, '--note', 'note-held-of-acme')
                client.message()
            after = self.exchange(gateway, 'acme', 'second')
            self.readable(gateway, after, 'acme', 'second')
            self.assertIn('another key than those', self.keyed(gateway, 'show', before, keys=('ann', 'acme')).out)
            self.assertIn('asked first by acme', self.keyed(gateway, 'replay', before, keys=('ann', 'old'), check=True).out)
            shown = self.keyed(gateway, 'show', held, keys=('ann', 'acme', 'old')).out
            self.assertIn('path-held-of-acme', shown)
            self.assertIn('note-held-of-acme', shown)
            for keys in (('ann',), ('ann', 'host', 'globex')):
                shown = self.keyed(gateway, 'show', held, keys=keys).out
                self.assertNotIn('path-held-of-acme', shown)
                self.assertNotIn('note-held-of-acme', shown)
            self.assertFalse(gateway.world.stop())
            done = self.keyed(gateway, 'verify', '--json', keys=('ann', 'acme'))
            totals = json.loads(done.out.splitlines()[-1])
            self.assertEqual((done.returncode, totals['problems']), (0, 0), done.out)
            self.assertGreater(totals['tenants']['acme']['no_tenant_key'], 0, 'the old ones take the old key')

    def test_refused_requests_are_the_tenants_too(self):
        with self.gateway() as gateway:
            with gateway.client() as client:
                client.send(gateway.request('POST', '/acme/path-none-of-acme', b'x', token='nonsense'))
                head, _ = client.message()
                self.assertIn(b' 401 ', head.split(b'\r\n')[0] + b' ')
            exchange = field(head, 'Gatehouse-Exchange-Id')
            self.assertNotIn('path-none-of-acme', self.keyed(gateway, 'show', exchange, keys=('ann', 'globex')).out)
            self.assertIn('path-none-of-acme', self.keyed(gateway, 'show', exchange, keys=('ann', 'acme')).out)


if __name__ == '__main__':
    unittest.main()
