"""Runs tests as what a careful host allows: an unprivileged user without capabilities, 8 MiB of locked memory and, by
GATEHOUSE_CONFINED (tests/support/gateway.py), only the features of io_uring that Linux 6.1 has."""
import json
import os
import shutil
import subprocess
import tempfile

MEMLOCK_BYTES = 8 * 1024 * 1024
NOBODY = 65534
FOLDERS = ('bench', 'include', 'tests', 'tools', 'configs', 'docs')
FILES = ('README.md', 'SECURITY.md', 'src/README.md')


def missing():
    """Why tests cannot be confined here, '' when they can."""
    wanted = ['prlimit'] + (['setpriv'] if os.geteuid() == 0 else [])
    lacking = [name for name in wanted if not shutil.which(name)]
    return f'{lacking[0]} is not installed (package util-linux)' if lacking else ''


class Place:
    """A copy of what the tests need, in a folder that everybody may read: a checkout need not be one. Close it."""

    def __init__(self, root, build, deps, tests):
        self.build = os.path.join(root, build)
        self.folder = tempfile.mkdtemp(prefix='gatehouse-confined-')
        os.chmod(self.folder, 0o755)
        self.moved = [(os.path.abspath(deps), os.path.join(self.folder, '.deps')), (root, self.folder)]
        for name in FOLDERS:
            shutil.copytree(os.path.join(root, name), os.path.join(self.folder, name),
                            ignore=shutil.ignore_patterns('__pycache__', 'node_modules', 'corpus'))
        for name in FILES:
            copy = os.path.join(self.folder, name)
            os.makedirs(os.path.dirname(copy), exist_ok=True)
            shutil.copy(os.path.join(root, name), copy)
        for name in ('parts', 'promtool'):
            if os.path.isdir(os.path.join(deps, name)):
                shutil.copytree(os.path.join(deps, name), os.path.join(self.folder, '.deps', name), symlinks=True)
        for program in self.programs(root, build, tests):
            copy = self.there(program)
            os.makedirs(os.path.dirname(copy), exist_ok=True)
            shutil.copy(program, copy)
        if os.geteuid() == 0:
            subprocess.run(['chown', '-R', f'{NOBODY}:{NOBODY}', self.folder], check=True)

    @staticmethod
    def programs(root, build, tests):
        """What these tests run: the outputs of the targets that they depend on."""
        text = subprocess.run(['meson', 'introspect', build, '--targets'], cwd=root, check=True, stdout=subprocess.PIPE, text=True).stdout
        needed = {identifier for test in tests for identifier in test.get('depends', [])}
        return sorted({name for target in json.loads(text) if target['id'] in needed for name in target['filename']})

    def there(self, path):
        """The copy's path for a path of the checkout or of the prefix; any other text stays."""
        for old, new in self.moved:
            if path == old or path.startswith(old + os.sep):
                return new + path[len(old):]
        return path

    def is_built(self, word):
        """Whether it is a program named from the build folder on, as Meson does."""
        return not os.path.isabs(word) and os.path.isfile(os.path.join(self.build, word))

    def command(self, words):
        words = [self.there(word) for word in words]
        words = [os.path.join(self.there(self.build), word) if self.is_built(word) else word for word in words]
        if os.path.basename(words[0]).startswith('python') and os.path.exists('/usr/bin/python3'):
            words[0] = '/usr/bin/python3'   # one in a home folder is not for others
        prefix = ['prlimit', f'--memlock={MEMLOCK_BYTES}:{MEMLOCK_BYTES}', '--']
        if os.geteuid() == 0:
            prefix += ['setpriv', f'--reuid={NOBODY}', f'--regid={NOBODY}', '--clear-groups', '--inh-caps=-all', '--bounding-set=-all',
                       '--no-new-privs', '--']
        return prefix + words

    def environment(self, variables):
        """Paths of the prefix (promtool's) lead to the copy; the home is the copy too."""
        path = os.pathsep.join(self.there(each) for each in variables.get('PATH', '').split(os.pathsep))
        return {**variables, 'PATH': path, 'HOME': self.folder, 'GATEHOUSE_CONFINED': '1'}

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)
