"""API keys and revocations, on real sockets: who is shut out is out on every worker within a second, also in the middle of a
body, and after a crash. Usage: shut_out_test.py BUILD"""
import contextlib
import json
import os
import select
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ends import Recorder, eventually, metric, reason_of, recorded, status_of  # noqa: E402
from changing import Changing  # noqa: E402
from gateway import CONFIG, PATIENCE, Wire, answer, field, sanitized  # noqa: E402

BUILD = sys.argv.pop(1)
SLOW = sanitized(os.path.join(BUILD, 'gatehouse'))
# Seconds from a command's end to the last byte. By itself none of these connections ends; how fast it goes is a question to a
# machine that does nothing else.
SOON = 1.0 if os.environ.get('GATEHOUSE_LONG') and not SLOW else PATIENCE
LASTING = 'progress = "10m"\nidle = "10m"'


class Callers(Changing):
    def __init__(self, *words, **settings):
        super().__init__(*words, **{'deadlines': LASTING, **settings})

    def command(self, *words, check=True):
        return self.world.gatehouse(*words, '--config', 'gateway.toml', check=check)

    def new_key(self, *words):
        """(id, key)"""
        made = json.loads(self.command('api-keys', 'create', '--json', *words).out)
        return made['id'], made['key']

    def ask(self, token, path='/plain/x'):
        """(status, reason or body); (0, '') when the connection was cut off, as it is when a key ends while it is used."""
        with self.client() as client:
            client.send(self.request('GET', path, token=token))
            head, body = client.message()
        return status_of(head), reason_of(body) if status_of(head) not in (0, 200) else body

    def reasons(self):
        return [one.get('reason') for one in self.listed()]

    def store(self):
        return self.world.path('state', 'gatehouse.db')


def finish(waiting, deadline):
    """What a client sees until its connection ends; when it did."""
    waiting.sock.settimeout(max(0.05, deadline - time.monotonic()))
    try:
        waiting.until_end()
    except (socket.timeout, TimeoutError):
        return None
    except OSError:
        pass
    return time.monotonic()


class ApiKeys(unittest.TestCase):
    def test_a_key_from_its_making_to_its_end(self):
        with Callers(BUILD) as gateway:
            origin = Recorder(gateway)
            self.assertIn('there are no API keys', gateway.command('api-keys', 'list').out)
            shown = gateway.command('api-keys', 'create', '--name', 'nightly import', '--group', 'readers', '--output', 'import.key')
            self.assertEqual(os.stat(gateway.world.path('import.key')).st_mode & 0o777, 0o600)
            with open(gateway.world.path('import.key'), encoding='ascii') as file:
                key = file.read().strip()
            self.assertRegex(key, r'^ghk_[a-z2-7]{16}_[A-Za-z0-9_-]{43}[0-9a-f]{8}$')
            self.assertNotIn(key, shown.out)
            number = key.split('_')[1]
            self.assertEqual(gateway.ask(key)[0], 200)
            with gateway.client() as client:   # again and again on one connection
                for _ in range(3):
                    client.send(gateway.request('GET', '/plain/x', token=key))
                    head, _ = client.message()
                    self.assertEqual(status_of(head), 200)
            said = recorded(gateway, head)
            self.assertEqual((said['proof'], said['issuer'], said['subject']), ('api_key', 'urn:gatehouse:api-keys', 'nightly import'))
            self.assertEqual((said['token_id'], said['key_id']), (number, number))
            self.assertNotIn(key.encode(), b''.join(head for head, _ in origin.asked))
            self.assertEqual(gateway.ask(key, '/chunk')[1], 'policy_no_rule')   # a key is for its groups, no more
            listed = json.loads(gateway.command('api-keys', 'list', '--json').out)
            self.assertEqual([(one['id'], one['state'], one['name'], one['groups']) for one in listed],
                             [(number, 'good', 'nightly import', ['readers'])])
            self.assertRegex(gateway.command('api-keys', 'list').out, r'%s +good +\S+Z +nightly import +readers' % number)
            self.assertEqual(metric(gateway, 'gatehouse_api_keys'), 1)
            gateway.command('api-keys', 'revoke', number)
            self.assertEqual(gateway.ask(key), (401, 'token_revoked'))
            secret = key.split('_', 2)[2]
            for folder in ('state', 'logs'):
                for name in os.listdir(gateway.world.path(folder)):
                    with open(gateway.world.path(folder, name), 'rb') as file:
                        self.assertNotIn(secret.encode()[:20], file.read(), name)
            origin.stop()

    def test_what_is_no_good_key_says_no_more_than_that(self):
        with Callers(BUILD) as gateway:
            _, key = gateway.new_key('--name', 'a', '--group', 'readers')
            other, other_key = gateway.new_key('--name', 'b', '--group', 'readers')
            gateway.command('api-keys', 'revoke', other)
            self.assertEqual(gateway.ask(key[:-1] + ('0' if key[-1] != '0' else '1')), (401, 'token_malformed'))
            self.assertEqual(gateway.ask(key[:40]), (401, 'token_malformed'))
            self.assertEqual(gateway.ask(key + '.e30.AA'), (401, 'token_malformed'))
            self.assertEqual(gateway.ask('ghk_' + 'a' * 16 + '_' + 'A' * 43 + '4c2ad6c9')[0], 401)
            for fields in ((f'Authorization: Bearer {key}',), (f'X-Api-Key: {key}', f'Authorization: Bearer {gateway.readers}')):
                with gateway.client() as client:
                    client.send(gateway.request('GET', '/plain/x', token=key, fields=fields))
                    self.assertEqual(reason_of(client.message()[1]), 'token_two_sources')
            with gateway.client() as client:   # nowhere but where tokens stand
                client.send(f'GET /plain/x HTTP/1.1\r\nHost: gate\r\nX-Api-Key: {key}\r\n\r\n'.encode())
                self.assertEqual(reason_of(client.message()[1]), 'token_missing')
            self.assertEqual(gateway.ask(other_key), (401, 'token_revoked'))
            self.assertFalse(gateway.origin_called())
            for words in (('--name', '', '--group', 'x'), ('--name', 'x', '--group', 'a\nb'), ('--name', 'x', '--group', 'y', '--expires-in', '3 weeks')):
                self.assertEqual(gateway.command('api-keys', 'create', *words, check=False).returncode, 64, words)
            self.assertEqual(gateway.command('api-keys', 'revoke', 'a' * 16, check=False).returncode, 66)

    def test_an_end_comes_nearer_and_never_goes_away(self):
        with Callers(BUILD) as gateway:
            origin = Recorder(gateway)
            number, key = gateway.new_key('--name', 'a', '--group', 'readers', '--expires-in', '12h')
            done = gateway.command('api-keys', 'expire', number, '--in', '13h', check=False)
            self.assertEqual(done.returncode, 69)
            self.assertIn('can only be brought forward', done.err)
            with gateway.client() as client:
                client.send(gateway.request('GET', '/plain/x', token=key))
                self.assertEqual(status_of(client.message()[0]), 200)
                gateway.command('api-keys', 'expire', number, '--in', '2s')
                eventually('the key ends', lambda: gateway.ask(key) == (401, 'key_expired'))
                client.send(gateway.request('GET', '/plain/x', token=key))   # the connection that knew it, too
                self.assertEqual(reason_of(client.message()[1]), 'key_expired')
            origin.stop()


class Revoked(unittest.TestCase):
    def upload(self, gateway, clients, token=None):
        """Half of 10 MiB on each client, all of it at the origin: [(client, origin)]."""
        pairs = []
        for _ in range(clients):
            client = gateway.client()
            head = gateway.request('POST', '/plain/upload', token=token, fields=('Content-Length: 10485760',))
            client.send(head + b'x' * 1048576)
            pairs.append((client, gateway.origin()))
        return pairs

    def test_in_the_middle_of_uploads_on_every_worker(self):
        with Callers(BUILD, workers=2) as gateway:
            pairs = self.upload(gateway, 8)
            shown = gateway.command('revocations', 'add', '--subject', 'job-7', '--issuer', 'test', '--note', 'ticket 4711')
            self.assertIn('in force on all workers; 1 revocations', shown.out)
            deadline = time.monotonic() + SOON
            for client, origin in pairs:
                self.assertIsNotNone(finish(client, deadline), 'a client goes on')
                self.assertIsNotNone(finish(origin, deadline), 'an origin goes on')
                self.assertLess(len(origin.seen), 2 << 20)
                client.sock.close()
                origin.sock.close()
            eventually('eight records', lambda: gateway.reasons().count('caller_ended') == 8)
            self.assertEqual(gateway.ask(gateway.readers), (401, 'token_revoked'))
            self.assertEqual(metric(gateway, 'gatehouse_revocations'), 1)

    def test_in_the_middle_of_an_answer_that_comes_slowly(self):
        with Callers(BUILD, workers=2) as gateway:
            number, key = gateway.new_key('--name', 'a', '--group', 'readers')
            with gateway.client() as client, gateway.client() as other:
                client.send(gateway.request('GET', '/plain/slow', token=key))
                origin = gateway.origin()
                other.send(gateway.request('GET', '/plain/slow'))
                theirs = gateway.origin()
                ended = threading.Event()

                def drip(wire):
                    try:
                        wire.take_through(b'\r\n\r\n')
                        wire.send(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
                        wire.send(b'5\r\nhello\r\n')
                        while not ended.wait(0.02):
                            wire.send(b'5\r\nhello\r\n')
                        wire.send(b'0\r\n\r\n')
                    except OSError:
                        pass

                drips = [threading.Thread(target=drip, args=(wire,), daemon=True) for wire in (origin, theirs)]
                for one in drips:
                    one.start()
                client.take_through(b'hello')
                gateway.command('api-keys', 'revoke', number)
                self.assertIsNotNone(finish(client, time.monotonic() + SOON), 'the answer goes on')
                self.assertNotIn(b'0\r\n\r\n', client.seen)   # cut, and seen to be cut
                ended.set()
                head, body = other.message()   # another caller's goes to its end
                self.assertEqual(status_of(head), 200)
                self.assertEqual(body[:5], b'hello')
                for one in drips:
                    one.join()
                for wire in (origin, theirs):
                    wire.sock.close()
            eventually('its record', lambda: gateway.reasons().count('caller_ended') == 1)

    def test_a_token_that_expires_in_the_middle_of_a_body(self):
        config = CONFIG.replace('jwks_file = "keys/jwks.json"', 'jwks_file = "keys/jwks.json"\nleeway = "0s"')
        with Callers(BUILD, config) as gateway:
            for life in (3, 10, 30):   # it is to live when the upload begins
                token = gateway.token('readers', ttl=str(life))
                ends = time.monotonic() + life
                client = gateway.client()
                client.send(gateway.request('POST', '/plain/upload', token=token, fields=('Content-Length: 10485760',)) + b'x' * 1048576)
                if select.select([client.sock, gateway.listener], [], [], PATIENCE)[0] == [gateway.listener]:
                    break
                client.sock.close()
            origin = gateway.origin()
            until = ends + SOON
            while time.monotonic() < until and not select.select([client.sock], [], [], 0.05)[0]:
                client.send(b'x' * 1000)   # slow, but never silent
            self.assertLess(time.monotonic(), until, 'it goes on')
            self.assertIsNotNone(finish(client, until))
            self.assertIsNotNone(finish(origin, time.monotonic() + SOON))
            client.sock.close()
            origin.sock.close()
            eventually('its record', lambda: gateway.reasons()[-1:] == ['caller_ended'])

    def test_while_it_waits_for_a_person(self):
        with Callers(BUILD) as gateway, gateway.client() as client:
            client.send(gateway.request('DELETE', '/collections/7'))
            eventually('it is held', lambda: json.loads(gateway.command('approvals', 'list', '--json').out))
            held = json.loads(gateway.command('approvals', 'list', '--json').out)[0]['id']
            gateway.command('revocations', 'add', '--subject', 'job-7', '--issuer', 'http://127.0.0.1:1')   # by its URL
            self.assertIsNotNone(finish(client, time.monotonic() + SOON))
            self.assertNotEqual(gateway.command('approvals', 'approve', held, check=False).returncode, 0)
            self.assertFalse(gateway.origin_called())
            eventually('its record', lambda: gateway.reasons() == ['caller_ended'])

    def test_by_token_key_and_star_and_back(self):
        with Callers(BUILD) as gateway:
            origin = Recorder(gateway)
            self.assertEqual(gateway.ask(gateway.readers)[0], 200)
            with gateway.client() as client:
                client.send(gateway.request('GET', '/plain/x'))
                said = recorded(gateway, client.message()[0])
            for words in (('--jti', said['token_id'], '--issuer', 'test'), ('--key', said['key_id'], '--issuer', '*'),
                          ('--subject', said['subject'], '--issuer', '*')):
                gateway.command('revocations', 'add', *words)
                self.assertEqual(gateway.ask(gateway.readers), (401, 'token_revoked'), words)
                gateway.command('revocations', 'remove', *words)
                self.assertEqual(gateway.ask(gateway.readers)[0], 200, words)
            self.assertEqual(gateway.command('revocations', 'remove', '--jti', 'x', '--issuer', 'y', check=False).returncode, 66)
            for words, why in ((('--subject', 'x', '--issuer', 'nobody'), "there is no issuer 'nobody'"), (('--subject', 'x'), 'an issuer is needed'),
                               (('--certificate', 'AB'), 'SHA-256'), ((), 'whom?'), (('--jti', 'x', '--key', 'y'), 'give one of'),
                               (('--jti', 'x', '--issuer', 'test', '--ends', 'tomorrow'), 'is a time such as')):
                done = gateway.command('revocations', 'add', *words, check=False)
                self.assertEqual(done.returncode, 64, words)
                self.assertIn(why, done.err)
            self.assertIn('nobody is revoked', gateway.command('revocations', 'list').out)
            origin.stop()

    def test_kept_over_kills_restarts_reloads_and_generations(self):
        with Callers(BUILD) as gateway:
            origin = Recorder(gateway)
            number, key = gateway.new_key('--name', 'a', '--group', 'readers')
            _, good = gateway.new_key('--name', 'b', '--group', 'readers')
            gateway.command('api-keys', 'revoke', number)
            gateway.command('revocations', 'add', '--subject', 'job-7', '--issuer', 'test')

            def still():
                self.assertEqual(gateway.ask(gateway.readers), (401, 'token_revoked'))
                self.assertEqual(gateway.ask(key), (401, 'token_revoked'))
                self.assertEqual(gateway.ask(good)[0], 200)

            still()
            gateway.kill()
            gateway.restart()
            still()
            gateway.edit(('[limits]\n', '[limits]\nheld = 3\n'))
            self.assertEqual(gateway.reload().returncode, 0)
            still()
            gateway.edit(('workers = 1', 'workers = 2'))
            self.assertEqual(gateway.reload().returncode, 0)
            for _ in range(4):
                still()
            gateway.command('revocations', 'add', '--jti', 'after', '--issuer', 'test')
            self.assertEqual(gateway.command('revocations', 'list', '--json').out.count('\n'), 2)
            origin.stop()

    def test_a_hundred_thousand_from_a_file(self):
        with Callers(BUILD) as gateway:
            count = 100_000 if not SLOW else 15_000
            with open(gateway.world.path('revoked.jsonl'), 'w', encoding='ascii') as file:
                for i in range(count):
                    file.write('{"what":"token","issuer":"test","value":"token-%d","ends":"2033-05-18T03:33:20Z"}\n' % i)
                file.write('{"what":"subject","issuer":"test","value":"job-7"}\n')
            shown = gateway.command('revocations', 'add', '--file', 'revoked.jsonl').out
            self.assertIn(f'{count + 1} entries done, {count + 1} in force', shown)
            self.assertEqual(gateway.ask(gateway.readers), (401, 'token_revoked'))
            listed = gateway.command('revocations', 'list', '--json').out.splitlines()
            self.assertEqual(len(listed), count + 1)
            self.assertEqual({json.loads(one)['value'] for one in listed[:count]}, {f'token-{i}' for i in range(count)})
            gateway.kill()
            gateway.restart()
            self.assertEqual(metric(gateway, 'gatehouse_revocations'), count + 1)
            self.assertEqual(gateway.ask(gateway.readers), (401, 'token_revoked'))
            with open(gateway.world.path('bad.jsonl'), 'w', encoding='ascii') as file:
                file.write('{"what":"token","issuer":"test","value":"a"},{"what":"token"}\n')
            done = gateway.command('revocations', 'add', '--file', 'bad.jsonl', check=False)
            self.assertEqual(done.returncode, 65)
            self.assertIn('line 1 is no JSON object', done.err)


class Damaged(unittest.TestCase):
    def refused(self, gateway):
        done = subprocess.run([os.path.abspath(os.path.join(BUILD, 'gatehouse')), 'serve', '--config', 'gateway.toml'], cwd=gateway.state,
                              capture_output=True, text=True, timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, 74, done.stderr)
        self.assertIn('gateway.state_dir cannot be used', done.stderr)
        return done.stderr

    def test_a_store_that_cannot_be_read_whole_stops_the_start(self):
        with Callers(BUILD) as gateway:
            for i in range(40):
                gateway.command('revocations', 'add', '--jti', f'token-number-{i}', '--issuer', 'test', '--note', f'ticket-{i}')
            gateway.kill()
            with open(gateway.store(), 'rb') as file:
                whole = file.read()
            at = whole.find(b'ticket-17')   # SQLite finds nothing wrong with it
            changes = {'is not what was written': whole[:at] + b'T' + whole[at + 1:],
                       'is not a database': b'x' * len(whole),
                       'is empty': b''}
            for why, content in changes.items():
                with open(gateway.store(), 'wb') as file:
                    file.write(content)
                self.assertIn(why, self.refused(gateway))
            with open(gateway.store(), 'wb') as file:
                file.write(whole)
            os.chmod(gateway.store(), 0o644)
            self.assertIn('open to group or others', self.refused(gateway))
            os.chmod(gateway.store(), 0o600)
            with contextlib.closing(sqlite3.connect(gateway.store())) as store, store:
                store.execute("DELETE FROM revocations WHERE value = 'token-number-3'")
            self.assertIn('do not add up', self.refused(gateway))
            with open(gateway.store(), 'wb') as file:
                file.write(whole)
            gateway.restart()
            self.assertEqual(metric(gateway, 'gatehouse_revocations'), 40)
            self.assertIn('in use: another gateway has this gateway.state_dir', self.refused(gateway))


if __name__ == '__main__':
    unittest.main()
