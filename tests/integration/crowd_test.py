"""Clients that open connections and leave them: nobody else may notice, and nothing may end."""
import os
import select
import socket
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../support'))
from gateway import PATIENCE, Gateway, Wire  # noqa: E402

BUILD = sys.argv.pop(1)


class Crowd(unittest.TestCase):
    def health(self, gateway):
        return Wire(socket.create_connection(('127.0.0.1', gateway.health), PATIENCE))

    def test_health_callers_that_never_close_do_no_harm(self):
        with Gateway(BUILD) as gateway:
            crowd = []
            for _ in range(400):   # answered and ended by the gateway; they keep their own side open
                crowd.append(self.health(gateway))
                crowd[-1].send(b'GET /livez HTTP/1.1\r\nHost: gate\r\nConnection: close\r\n\r\n')
                crowd[-1].until_end()
            self.assertGreater(sum(b'200 OK' in each.seen for each in crowd), 50)
            self.assertIsNone(gateway.process.poll())
            for each in crowd:
                each.sock.close()

    def test_people_can_approve_while_health_is_crowded(self):
        with Gateway(BUILD) as gateway:
            crowd = [self.health(gateway) for _ in range(200)]   # idle: those that were silent longest give their places
            open_ones = {each.sock for each in crowd}
            while len(open_ones) > 64:
                ended = select.select(list(open_ones), [], [], PATIENCE)[0]
                self.assertTrue(ended, 'nobody gave a place')
                open_ones -= {sock for sock in ended if sock.recv(1) == b''}
            for _ in range(40):
                crowd.append(self.health(gateway))
                crowd[-1].send(b'GET /livez HTTP/1.1\r\nHost: gate\r\n\r\n')
                self.assertIn(b'200 OK', crowd[-1].message()[0])
            listed = gateway.world.gatehouse('approvals', 'list', '--json', '--config', 'gateway.toml', check=False)
            self.assertEqual(listed.returncode, 0, listed.out)
            for each in crowd:
                each.sock.close()


if __name__ == '__main__':
    unittest.main()
