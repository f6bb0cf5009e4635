"""The software bill of materials of a built gateway: CycloneDX 1.5 JSON. Usage: sbom.py GATEHOUSE OUTPUT

What is built in says the program itself (`gatehouse version --json`), what is linked shared say the loader and dpkg."""
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys

# Names in `gatehouse version` -> licence (SPDX) and the shared libraries that are the same thing.
KNOWN = {'BoringSSL': ('OpenSSL AND ISC', ()), 'liburing': ('MIT', ()), 'simdjson': ('Apache-2.0', ('libsimdjson',)),
         'Hyperscan': ('BSD-3-Clause', ('libhs',)), 'Vectorscan': ('BSD-3-Clause', ('libhs',)), 'CLI11': ('BSD-3-Clause', ()),
         'PCRE2': ('BSD-3-Clause', ('libpcre2-8',)), 'ICU': ('Unicode-3.0', ('libicuuc', 'libicui18n', 'libicudata')),
         'libxml2': ('MIT', ('libxml2',)), 'SQLite': ('blessing', ('libsqlite3',)), 'zlib': ('Zlib', ('libz',)), 'brotli': ('MIT', ('libbrotlidec', 'libbrotlienc', 'libbrotlicommon')),
         'zstd': ('BSD-3-Clause OR GPL-2.0-only', ('libzstd',)),
         'pg_query': ('BSD-3-Clause AND PostgreSQL', ('libpg_query',)), 'toml++': ('MIT', ()), 'mimalloc': ('MIT', ('libmimalloc',))}


def output_of(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def package_of(path):
    """(name, version) of the Debian package that a file is of; (None, None) elsewhere."""
    if not shutil.which('dpkg-query'):
        return None, None
    for candidate in (path, os.path.realpath(path), '/usr' + path):
        done = subprocess.run(['dpkg-query', '-S', candidate], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        if done.returncode == 0:
            name = done.stdout.split(': ')[0].split(',')[0]
            return name.split(':')[0], output_of('dpkg-query', '-W', '-f', '${Version}', name)
    return None, None


def component(name, version, **more):
    return {'type': 'library', 'bom-ref': f'{name}@{version}', 'name': name, 'version': version, **more}


def shared(program):
    """Every library that the loader brings in for a program: (file name, path)."""
    return re.findall(r'^\s*(\S+) => (/\S+) ', output_of('ldd', program), flags=re.M)


def sbom(program):
    said = json.loads(output_of(program, 'version', '--json'))
    parts, files = [], dict(shared(program))
    for library in said['libraries']:
        licence, names = KNOWN[library['name']]
        linked = [file for file in files if file.split('.so')[0] in names]
        more = {'licenses': [{'expression': licence}],
                'properties': [{'name': 'gatehouse:linked', 'value': 'shared' if linked else 'static'}]}
        for file in linked:
            package, version = package_of(files.pop(file))
            if package:
                more['purl'] = f'pkg:deb/debian/{package}@{version}'
        parts.append(component(library['name'], library['version'], **more))
    for file, path in sorted(files.items()):
        package, version = package_of(path)
        purl = {'purl': f'pkg:deb/debian/{package}@{version}'} if package else {}
        parts.append(component(file.split('.so')[0], version or 'unknown', **purl,
                               properties=[{'name': 'gatehouse:linked', 'value': 'shared'}]))
    with open(program, 'rb') as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    gateway = {'type': 'application', 'bom-ref': 'gatehouse', 'name': 'gatehouse', 'version': said['gatehouse'],
               'licenses': [{'expression': 'Apache-2.0'}], 'hashes': [{'alg': 'SHA-256', 'content': digest}]}
    return {'bomFormat': 'CycloneDX', 'specVersion': '1.5', 'version': 1, 'metadata': {'component': gateway}, 'components': parts,
            'dependencies': [{'ref': 'gatehouse', 'dependsOn': [part['bom-ref'] for part in parts]}]}


if __name__ == '__main__':
    with open(sys.argv[2], 'w', encoding='utf-8') as out:
        json.dump(sbom(os.path.abspath(sys.argv[1])), out, indent=1)
        out.write('\n')
