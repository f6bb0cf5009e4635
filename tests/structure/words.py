"""Words and texts that must not appear: banned identifiers, secrets from the environment or from flags,
package hosts, paths of some developer's machine, unfinished work."""
import re

import tree

BANNED = {'context', 'handler', 'manager', 'helper', 'util', 'utils', 'impl', 'peer', 'upstream', 'downstream'}
BANNED_TYPES = BANNED | {'target'}
# Names that libraries and the system give.
FOREIGN = re.compile(r'^(SSL|EVP|X509|BIO|EC|RSA|CBS|CBB|TLS|hs|io_uring|IORING|IOSQE|pcre2|sqlite3|SO|sa)_|^SO_PEERCRED$')
TYPE = re.compile(r'\b(?:class|struct|union|enum(?:\s+class)?|using)\s+(\w+)')

# The systemd credentials folder and notify socket are places, not secrets.
ENVIRONMENT_ALLOWED = {'CREDENTIALS_DIRECTORY', 'NOTIFY_SOCKET'}
# envname() is how the command line library would take an option's value from the environment.
ENVIRONMENT = re.compile(r'\b(?:secure_)?getenv\s*\(\s*("[^"]*"|[^)]*)\)|\b(?:environ|envp|envname)\b')
SECRET_FLAG = re.compile(r'"[^"]*--(?:[\w-]*[-_])?(?:password|passphrase|secret|token|credential|bearer|api[-_]?key|private[-_]?key)'
                         r'(?![\w-]*[-_](?:file|dir|name)\b)\b[^"]*"')

PACKAGE_HOST = re.compile(r'\b(deb|security|snapshot|ftp[\w.]*|archive|deb\.\w+)\.(debian|ubuntu)\.(org|com)\b|'
                          r'\bregistry\.npm' r'js\b|\bpython' r'hosted\b|\bpypi\.' r'org\b|\bfiles\.' r'pypi\b', re.I)   # in pieces: not even here
MACHINE_PATH = re.compile(r'(?<![\w.])/(?:home|root|work|Users)/\w|(?<![\w.])/tmp/(?:gh|[a-z]*worktree)\b')
UNFINISHED = re.compile(r'\b(TODO|FIXME|XXX|HACK)\b')
TEXT_ENDINGS = ('.h', '.cc', '.py', '.md', '.txt', '.toml', '.build', '.sh', '.service', '.json', '.conf', '.cfg')


def words_of(identifier):
    """`PeerHandler_x` -> peer, handler, x."""
    return [word.lower() for part in identifier.split('_')
            for word in re.findall(r'[A-Z]+(?![a-z])|[A-Z]?[a-z]+', part)]


def banned_identifiers(path, text):
    problems = []
    bare = re.sub(r'^\s*#\s*include.*$', '', tree.bare(text), flags=re.M)
    for number, line in enumerate(bare.splitlines(), 1):
        types = set(TYPE.findall(line))
        for identifier in set(re.findall(r'[A-Za-z_]\w+', line)):
            if FOREIGN.match(identifier):
                continue
            bad = set(words_of(identifier)) & (BANNED_TYPES if identifier in types else BANNED)
            problems += [f'{path}:{number}: identifier {identifier}: "{word}" is not a word of this house'
                         for word in sorted(bad)]
    return problems


def banned_names(path):
    return [f'{path}: file name: "{word}" is not a word of this house'
            for part in path.rsplit('.', 1)[0].split('/') for word in words_of(part) if word in BANNED]


def environment(path, text):
    problems = []
    for match in ENVIRONMENT.finditer(re.sub(r'//[^\n]*', '', text)):
        name = (match.group(1) or '').strip('"')
        if name not in ENVIRONMENT_ALLOWED:
            problems.append(f'{path}: {match.group(0)}: no setting and no secret comes from the environment')
    return problems


def secret_flags(path, text):
    return [f'{path}: {match.group(0)}: a secret is named by a file, never given as a flag'
            for match in SECRET_FLAG.finditer(text)]


def texts(path, text):
    problems = []
    for number, line in enumerate(text.splitlines(), 1):
        for pattern, what in ((PACKAGE_HOST, 'names a package host'), (MACHINE_PATH, 'names a path of one machine'),
                              (UNFINISHED, 'says it is not finished')):
            if pattern.search(line):
                problems.append(f'{path}:{number}: {what}: {line.strip()[:90]}')
    return problems


def check():
    source = tree.cpp_files(['src'])
    problems = []
    for path in source:
        text = tree.read(path)
        problems += banned_identifiers(path, text) + banned_names(path) + environment(path, text)
    for path in tree.cpp_files(['src', 'tools']):
        problems += secret_flags(path, tree.read(path))
    everything = [path for path in tree.files(['.'], TEXT_ENDINGS) if not path.startswith(('build', 'tests/fuzz/corpus'))]
    everything += ['.ci/run', *tree.commands()]
    for path in everything:
        if path != 'tests/structure/words.py' and path != 'tests/structure/structure_test.py':
            problems += texts(path, tree.read(path))
    return tree.report('words', problems, len(everything))


if __name__ == '__main__':
    tree.run(check)
