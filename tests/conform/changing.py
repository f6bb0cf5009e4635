"""A gateway whose configuration and files change while it runs."""
import os
import shutil
import socket
import ssl

from ends import EchoOrigin  # noqa: F401 (its folder is on the path from here on)
from gateway import PATIENCE, Gateway


class Changing(Gateway):
    """A gateway whose files are edited: each at once, by renaming."""

    def place(self, name, text):
        self.world.write(name + '.new', text)
        os.rename(self.world.path(name + '.new'), self.world.path(name))

    def restart(self):
        """Begins with the configuration as it is now."""
        self.world.start('gatehouse', 'gatehouse', 'serve', '--config', 'gateway.toml')
        self.process = self.world.running[-1][1]
        self.world.ready('gatehouse', self.health, '/readyz')

    def written(self):
        with open(self.world.path('gateway.toml'), encoding='utf-8') as file:
            return file.read()

    def edit(self, *changes):
        text = self.written()
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new, 1)
        self.place('gateway.toml', text)

    def reload(self, *words):
        return self.world.gatehouse('reload', '--config', 'gateway.toml', *words, check=False)

    def certificate(self, name, days=30):
        shutil.rmtree(self.world.path('fresh'), ignore_errors=True)
        self.world.tool('issuer', 'certificate', '--dir', 'fresh', '--name', name, '--ip', '127.0.0.1', '--days', str(days))
        pair = []
        for part in ('cert.pem', 'key.pem'):
            with open(self.world.path('fresh', part), encoding='ascii') as file:
                pair.append(file.read())
        return pair

    def place_certificate(self, pair):
        os.makedirs(self.world.path('tls'), exist_ok=True)
        self.place('tls/cert.pem', pair[0])
        self.place('tls/key.pem', pair[1])

    def shown(self):
        """The certificate that a new client sees."""
        trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        trusting.check_hostname = False
        trusting.verify_mode = ssl.CERT_NONE
        with socket.create_connection(('127.0.0.1', self.port), PATIENCE) as plain, trusting.wrap_socket(plain) as wire:
            return ssl.DER_cert_to_PEM_cert(wire.getpeercert(True)).replace('\n', '')
