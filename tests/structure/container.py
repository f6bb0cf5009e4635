"""The container example fits together: image, compose file and configuration, and the program that goes into it.
Usage: container.py [PROGRAM]"""
import os
import re
import shutil
import subprocess
import sys
import tomllib

import tree

FOLDER = 'configs/container'
BASE = {'libc.so', 'libm.so', 'libstdc++.so', 'libgcc_s.so', 'ld-linux'}   # of debian:12-slim, or with libsimdjson14
RUNTIME = {'libmimalloc.so': 'libmimalloc2.0', 'libsimdjson.so': 'libsimdjson14', 'libhs.so': 'libhyperscan5', 'libz.so': 'zlib1g',
           'libbrotlidec.so': 'libbrotli1', 'libbrotlienc.so': 'libbrotli1', 'libzstd.so': 'libzstd1', 'libpcre2-8.so': 'libpcre2-8-0',
           'libpg_query.so': 'libpg-query1504.0', 'libicuuc.so': 'libicu72', 'libicui18n.so': 'libicu72', 'libicudata.so': 'libicu72',
           'libsqlite3.so': 'libsqlite3-0'}


def text(name):
    with open(os.path.join(tree.ROOT, FOLDER, name), encoding='utf-8') as file:
        return file.read()


def under(path, folders):
    return any(path == folder or path.startswith(folder + '/') for folder in folders)


def of_the_configuration(image, compose, config):
    problems = []
    command = re.search(r'^CMD .*"(/\S+\.toml)"', image, re.M).group(1)
    mounts = dict(re.findall(r'^      - (\S+?):(/\S+?)(?::ro)?$', compose, re.M))
    if os.path.dirname(command) not in mounts.values():
        problems.append(f'nothing is mounted where {command} is read')
    writable = [place for name, place in mounts.items() if f'{name}:{place}:ro' not in compose]
    if mounts.get('/dev/shm') != '/dev/shm' or not under(config['records']['ring_dir'], ['/dev/shm']):
        problems.append('rings are not in memory that outlives the container')
    if not re.search(r'^volumes:\n  records:$', compose, re.M):
        problems.append('records are in no volume')
    for key, path in (('gateway.run_dir', config['gateway']['run_dir']), ('records.dir', config['records']['dir']),
                      ('gateway.state_dir', config['gateway']['state_dir']), ('records.ring_dir', config['records']['ring_dir'])):
        if not under(path, writable):
            problems.append(f'{key} is on the read-only root')
    ports = re.findall(r'"\d+:(\d+)"', compose)
    if ports != [one['address'].rsplit(':', 1)[1] for one in config['listener']]:
        problems.append('not the listeners are published')
    if config['gateway']['run_dir'] + '/admin.sock' not in compose:
        problems.append('the health check asks another socket')
    for origin in config['origin']:
        if 'ipv4_address: ' + origin['address'].rsplit(':', 1)[0] not in compose:
            problems.append(f'nothing has the address of origin {origin["name"]}')
    return problems


def of_the_program(image, program):
    if shutil.which('readelf') is None:
        return []
    needed = re.findall(r'\(NEEDED\).*\[(.*)\]', subprocess.run(['readelf', '-dW', program], check=True, stdout=subprocess.PIPE, text=True).stdout)
    problems = []
    for library in needed:
        name = re.sub(r'(\.so|linux).*', r'\1', library)
        if name not in BASE and (name not in RUNTIME or RUNTIME[name] not in image):
            problems.append(f'the image installs nothing that has {library}')
    return problems


def check(arguments):
    image, compose, config = text('Containerfile'), text('compose.yaml'), tomllib.loads(text('gateway.toml'))
    problems = of_the_configuration(image, compose, config)
    for program in arguments:
        problems += of_the_program(image, program)
    return tree.report('container', problems, FOLDER)


if __name__ == '__main__':
    sys.exit(check(sys.argv[1:]))
