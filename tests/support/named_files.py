"""Makes the files that a configuration names, of the kind that each key wants, so that `gatehouse check` judges the rest of it."""
import os
import shutil
import subprocess
import tomllib

DATA = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'data')
ABSOLUTE = ('"/etc/gatehouse', '"/var/lib/gatehouse', '"/run/gatehouse', '"/dev/shm/gatehouse', '"unix:/run/')
ENTITY = 'urn:example:identity-provider'


def values(table, path=''):
    """(key, value, number of the table in its list): every value, keys as the reference names them; a list's entries one by one."""
    for name, value in table.items():
        key = f'{path}.{name}' if path else name
        for number, each in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(each, dict):
                yield from values(each, key)
            else:
                yield key, each, number


class NamedFiles:
    """In `folder`, with the programs of the build. What was made already stays."""

    def __init__(self, folder, build):
        self.folder, self.build = folder, os.path.abspath(build)

    def path(self, name):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        return path

    def run(self, program, *words):
        return subprocess.run([os.path.join(self.build, program), *words], cwd=self.folder, check=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True).stdout

    def write(self, name, text):
        with open(self.path(name), 'w', encoding='utf-8', opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(text)

    def certificate(self, name, part):
        """One pair for all: chains and keys of the samples fit."""
        if not os.path.exists(self.path('one-pair/cert.pem')):
            self.run('tools/issuer/issuer', 'certificate', '--dir', 'one-pair', '--name', 'gateway.example.org', '--name',
                     'localhost')
        shutil.copy(self.path(f'one-pair/{part}.pem'), self.path(name))

    def keys(self, name, use, *more):
        secret = name.removesuffix('.pub')
        if not os.path.exists(self.path(secret)):
            self.run('gatehouse', 'keys', 'make', use, *more, '--out', secret)

    def key_set(self, name):
        if not os.path.exists(self.path('one-set/jwks.json')):
            self.run('tools/issuer/issuer', 'keys', '--dir', 'one-set')
        shutil.copy(self.path('one-set/jwks.json'), self.path(name))

    def metadata(self, name):
        self.certificate('one-pair/provider.pem', 'cert')
        self.write(name, self.run('tools/issuer/issuer', 'metadata', '--certificate', 'one-pair/provider.pem', '--entity', ENTITY))

    def make(self, key, name, tables):
        """The file that `key` names; False when `key` names none."""
        last = key.rpartition('.')[2]
        if last in ('auditor_keys', 'operations_key', 'heads_key_file'):
            self.keys(name, last.split('_')[0])
        elif key == 'tenant.key_file':
            self.keys(name, 'tenant', '--name', next(each['name'] for each in tables['tenant'] if each['key_file'] == name))
        elif last in ('chain_file', 'trust_file'):
            self.certificate(name, 'cert')
        elif key == 'listener.certificate.key_file':
            self.certificate(name, 'key')
        elif last == 'ca_file':
            shutil.copy(os.path.join(DATA, 'clients/ca.pem'), self.path(name))
        elif last == 'crl_file':
            shutil.copy(os.path.join(DATA, 'clients/before.crl'), self.path(name))
        elif last == 'jwks_file':
            self.key_set(name)
        elif last == 'metadata_file':
            self.metadata(name)
        elif last.endswith('_file') or last == 'credential_name':
            self.write(name, f'what stands in {os.path.basename(name)}, of more than thirty-two bytes\n')
        else:
            return False
        return True

    def complete(self, text):
        """Makes what `text` names, and gives it with folders of the host's moved into ours."""
        for place in ABSOLUTE:
            at = 'unix:' if place.startswith('"unix:') else ''
            text = text.replace(place, f'"{at}{self.folder}/host' + place.removeprefix('"').removeprefix('unix:'))
        tables = tomllib.loads(text)
        for key, value, _ in values(tables):
            if isinstance(value, str):
                self.make(key, value, tables)
        return text
