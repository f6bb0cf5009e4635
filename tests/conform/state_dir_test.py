"""`gatehouse reload` with another gateway.state_dir: all that is in the store moves there, and nobody is let in or out by it.
Usage: state_dir_test.py BUILD"""
import json
import os
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ends import Recorder, eventually, log_lines, metric, reason_of, status_of  # noqa: E402
from changing import Changing  # noqa: E402
from gateway import PATIENCE, EchoOrigin, answer  # noqa: E402

BUILD = sys.argv.pop(1)


class House(Changing):
    def __init__(self, **settings):
        super().__init__(BUILD, **{'gateway_more': 'state_dir = "state"', **settings})

    def command(self, *words, check=True):
        return self.world.gatehouse(*words, '--config', 'gateway.toml', check=check)

    def new_key(self, name):
        return json.loads(self.command('api-keys', 'create', '--json', '--name', name, '--group', 'readers').out)['key']

    def revoke(self, token_id):
        self.command('revocations', 'add', '--issuer', 'test', '--subject', token_id)

    def ask(self, token):
        """(status, reason)"""
        with self.client() as client:
            client.send(self.request('GET', '/plain/x', token=token))
            head, body = client.message()
        return status_of(head), None if status_of(head) == 200 else reason_of(body)

    def change(self, *changes):
        self.edit(*changes)
        return self.reload()

    def move(self, old, new):
        return self.change((f'state_dir = "{old}"', f'state_dir = "{new}"'))

    def refuses_to_start(self):
        """What `serve` says; it takes nothing, not even the ports."""
        done = subprocess.run([os.path.join(os.path.abspath(BUILD), 'gatehouse'), 'serve', '--config', 'gateway.toml'], cwd=self.state,
                              capture_output=True, text=True, timeout=PATIENCE, check=False)
        if done.returncode != 74:
            raise AssertionError(f'{done.returncode}: {done.stderr}')
        return done.stderr

    def held(self):
        return json.loads(self.command('approvals', 'list', '--json').out)


class Moves(unittest.TestCase):
    def test_whoever_is_in_or_out_stays_so_there_and_over_a_restart(self):
        with House(workers=2) as gateway:
            origin = Recorder(gateway)
            shut_out = gateway.token('readers', client='job-8')
            gateway.revoke('job-8')
            first = gateway.new_key('first')
            with gateway.client() as client, gateway.client() as running:
                client.send(gateway.request('DELETE', '/collections/x'))
                eventually('held', gateway.held)
                running.send(gateway.request('POST', '/plain/x', b'x' * 10)[:-5])   # in the middle of its body
                done = gateway.move('state', 'elsewhere')
                self.assertEqual((done.returncode, done.err), (0, ''))
                self.assertRegex(done.out, r'\nsettings +changed gateway.state_dir \("state" -> "elsewhere"\)\n')
                running.send(b'x' * 5)
                self.assertEqual(status_of(running.message()[0]), 200)
                # The held one kept its place; it is bound to the configuration that the person saw, as after any other change.
                self.assertEqual(self.answered(gateway, client), (403, 'policy_changed'))
                client.send(gateway.request('DELETE', '/collections/y'))
                eventually('held', gateway.held)
                self.assertEqual(self.answered(gateway, client), (200, None))
            second = gateway.new_key('second')
            gateway.revoke('job-9')
            answers = [gateway.ask(each) for each in (first, second, shut_out, gateway.token('readers', client='job-9'), gateway.readers)]
            expected = [(200, None), (200, None), (401, 'token_revoked'), (401, 'token_revoked'), (200, None)]
            self.assertEqual(answers, expected)
            self.assertEqual(len([head for head, _ in origin.asked if head.startswith(b'DELETE')]), 1)
            # Nobody goes on with what it was before.
            text = gateway.written()
            gateway.world.stop()
            gateway.edit(('state_dir = "elsewhere"', 'state_dir = "state"'))
            self.assertIn('what belongs in it is in ' + os.path.realpath(gateway.world.path('elsewhere', 'gatehouse.db')),
                          gateway.refuses_to_start())
            gateway.place('gateway.toml', text)
            gateway.restart()
            answers = [gateway.ask(each) for each in (first, second, shut_out, gateway.token('readers', client='job-9'), gateway.readers)]
            self.assertEqual(answers, expected)
            self.assertEqual([line for line in log_lines(gateway) if line['event'] == 'configuration_alert'], [])
            origin.stop()

    def answered(self, gateway, client):
        """What the one that is held gets for a yes, which is for one use."""
        held, = gateway.held()
        gateway.command('approvals', 'approve', held['id'])
        head, body = client.message()
        self.assertNotEqual(gateway.command('approvals', 'approve', held['id'], check=False).returncode, 0)
        return status_of(head), None if status_of(head) == 200 else reason_of(body)

    def test_there_and_back_with_other_workers_at_the_same_time_and_nobody_is_dropped(self):
        with House(workers=2) as gateway:
            origin = EchoOrigin(gateway, lambda head, body: answer(b'{}'))
            gateway.revoke('job-8')
            with gateway.client() as kept:
                for turn, (old, new) in enumerate((('state', 'a'), ('a', 'b'), ('b', 'state'), ('state', './state'), ('./state', 'b'))):
                    done = gateway.change((f'state_dir = "{old}"', f'state_dir = "{new}"'), (f'workers = {2 - turn % 2}', f'workers = {1 + turn % 2}'))
                    self.assertEqual(done.returncode, 0, done.err)
                    if turn == 0:
                        kept.send(gateway.request('GET', '/plain/x'))   # its workers retire: answered once more
                        self.assertEqual(status_of(kept.message()[0]), 200)
                    self.assertEqual(gateway.ask(gateway.readers), (200, None))
                    self.assertEqual(gateway.ask(gateway.token('readers', client='job-8')), (401, 'token_revoked'))
                    eventually('the generation before has ended', lambda: metric(gateway, 'gatehouse_generations') == 1)
            self.assertEqual(metric(gateway, 'gatehouse_revocations'), 1)
            origin.stop()


class Refused(unittest.TestCase):
    """What cannot be moved to: the old configuration goes on, whole, with the store that it has."""

    def refused(self, gateway, new, why):
        version = metric(gateway, 'gatehouse_config_version')
        good = gateway.written()
        done = gateway.change(('state_dir = "state"', f'state_dir = "{new}"'), ('workers = 1', 'workers = 2'), ('name = "plain"', 'name = "other"'))
        self.assertEqual(done.returncode, 78, done.out)
        self.assertRegex(done.err, r'error\[GH0401\]: gateway.state_dir cannot be used\n +--> gateway.toml:\d+:')
        self.assertRegex(done.err, why)
        self.assertIn(f'version {version:.0f} stays in force', done.err)
        gateway.place('gateway.toml', good)
        self.assertEqual(gateway.reload().returncode, 0)
        self.assertEqual(metric(gateway, 'gatehouse_config_version'), version)
        eventually('no other workers are left', lambda: metric(gateway, 'gatehouse_generations') == 1)

    def test_what_is_not_ours_alone_or_not_empty(self):
        with House() as gateway, House() as other:
            origin = Recorder(gateway)
            for name, mode in (('open', 0o755), ('mine', 0o700)):
                os.mkdir(gateway.world.path(name))
                os.chmod(gateway.world.path(name), mode)
            gateway.world.write('file', '')
            self.refused(gateway, 'open', 'is open to group or others: chmod 700 it')
            self.refused(gateway, 'file', 'is not a folder')
            self.refused(gateway, 'no/where', 'cannot create folder')
            self.refused(gateway, os.path.join(other.state, 'state'), 'in use: another gateway has this gateway.state_dir')
            # Of an older copy nobody knows what was taken back since.
            revoked = gateway.new_key('a')
            shutil.copy(gateway.world.path('state', 'gatehouse.db'), gateway.world.path('mine', 'gatehouse.db'))
            gateway.command('api-keys', 'revoke', revoked.split('_')[1])
            self.refused(gateway, 'mine', 'is a store of its own, and two are not mixed')
            self.assertEqual(gateway.ask(revoked), (401, 'token_revoked'))
            os.remove(gateway.world.path('mine', 'gatehouse.db'))
            later = gateway.new_key('later')   # the store is still the old one
            gateway.kill()
            gateway.restart()
            self.assertEqual([gateway.ask(later), gateway.ask(revoked)], [(200, None), (401, 'token_revoked')])
            self.assertEqual(gateway.move('state', 'mine').returncode, 0)
            self.assertEqual([gateway.ask(later), gateway.ask(revoked)], [(200, None), (401, 'token_revoked')])
            origin.stop()

    def test_of_two_gateways_one_has_the_folder(self):
        with House() as gateway, House() as other:
            self.assertEqual(gateway.move('state', 'shared').returncode, 0)
            shared = gateway.world.path('shared')
            done = other.move('state', shared)
            self.assertEqual(done.returncode, 78)
            self.assertIn('in use: another gateway has this gateway.state_dir', done.err)
            self.assertEqual(gateway.move('shared', 'state').returncode, 0)   # and now it is free, and empty
            self.assertEqual(other.reload().returncode, 0)
            self.assertTrue(other.new_key('b'))


if __name__ == '__main__':
    unittest.main()
