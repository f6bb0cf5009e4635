"""The real program: exit codes, help, and one verdict of check and serve. Usage: program_test.py PROGRAM SOURCE_ROOT FILES

FILES is how many damaged configurations are given to both check and serve."""
import concurrent.futures
import glob
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
import unittest

PROGRAM, ROOT, FILES = os.path.abspath(sys.argv.pop(1)), sys.argv.pop(1), int(sys.argv.pop(1))
ID = '0190f3c2-8a4b-7c11-9e5d-2f6a1b3c4d5e'
KEY_SET = ('{"keys":[{"kty":"EC","crv":"P-256","kid":"1","alg":"ES256","use":"sig",'
           '"x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}')


def run(*words, **options):
    # No CREDENTIALS_DIRECTORY and nothing else of the caller's environment.
    return subprocess.run([PROGRAM, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60,
                          env={'PATH': '/usr/bin:/bin'}, **options)


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix='gatehouse-cli-')
        self.addCleanup(shutil.rmtree, self.folder)
        for name in ('keys.json', 'keys/jwks.json'):
            self.write(name, KEY_SET)
        with open(f'{ROOT}/configs/minimal.toml', encoding='utf-8') as file:
            self.minimal = file.read()
        self.config = self.write('minimal.toml', self.minimal)

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        return path


class ExitCodes(Folder):
    def check(self, code, *words, says=''):
        done = run(*words)
        self.assertEqual(done.returncode, code, f'{words}: {done.stdout}{done.stderr}')
        self.assertIn(says, done.stdout + done.stderr)
        if code == 64:
            self.assertEqual(done.stdout, '', words)
        return done

    def test_usage(self):
        self.check(64, says='needs a command')
        self.check(64, 'chekc', says="did you mean 'check'?")
        self.check(64, 'frobnicate', says='completion or man')
        self.check(64, 'records', says='needs a command: list, search, job, what-if, view, ')
        self.check(64, 'records', 'lst', says="did you mean 'list'?")
        self.check(64, 'approvals', 'aprove', ID, says="did you mean 'approve'?")
        self.check(64, 'check', '--confg', self.config, says="did you mean '--config'?")
        self.check(64, 'check', '--jsn', '--config', self.config, says="did you mean '--json'?")
        self.check(64, 'check', '--config=' + self.config, '--pritn=1', says="did you mean '--print'?")
        self.check(64, 'check', 'one', 'two', says="unexpected word 'one'")
        self.check(64, 'check', says='nothing to check')
        self.check(64, 'check', '--config', says='--config')
        self.check(64, 'check', '--json', '--print', '--config', self.config, says='excludes')
        self.check(64, 'check', '--schema', '--key', 'rule', says='excludes')
        self.check(64, 'check', '--key', 'limit.head_byte', says="did you mean 'limits.head_bytes'?")
        self.check(64, 'serve', says='--config is required')
        self.check(64, 'records', 'list', says='give --config FILE or --dir DIR')
        self.check(64, 'records', 'list', '--rings', 'x', says='--dir')
        self.check(64, 'records', 'list', '--dir', 'x', '--reason', 'nope', says="'nope' is not possible")
        self.check(64, 'records', 'list', '--dir', 'x', '--reason', 'gard_hit', says="did you mean 'guard_hit'?")
        self.check(64, 'records', 'show', 'nonsense', '--dir', 'x', says='is not an exchange id')
        self.check(64, 'records', 'show', '--dir', 'x', says='required')
        self.check(64, 'records', 'replay', ID, '--dir', 'x', '--part', 'half', says='half')
        self.check(64, 'records', 'replay', ID, '--dir', 'x', '--part', 'orign-answer', says="did you mean 'origin-answer'?")
        self.check(64, 'records', 'list', '--dir', 'x', '--since', 'yesterday', says="'yesterday' is no time such as")
        self.check(64, 'records', 'list', '--dir', 'x', '--key', 'a', '--key', 'b', '--since', 'yesterday', says="'yesterday' is no time")
        self.check(66, 'records', 'list', '--dir', 'x', '--since', '2025-11-23T13:31:12.000001Z')   # as our own output has it
        for wrong in ('12.Z', '12.1234567890Z', '12.1', '12.1xZ', '12..1Z'):
            self.check(64, 'records', 'list', '--dir', 'x', '--since', '2025-11-23T13:31:' + wrong, says='is no time such as')
        for command in ('list', 'hold', 'erase'):
            for bare in ('5', '0', '2026', '1764500000', ''):   # seconds, minutes, days; a year; seconds since 1970
                self.check(64, 'records', command, '--dir', 'x', '--since', bare, says=f"'{bare}' is no time such as")
            self.check(66, 'records', command, '--dir', 'x', '--until', '2025-11-23T13:31:12Z')
        for bad in ('https://127.0.0.1:4318/v1/logs', 'http://192.0.2.1:4318/', 'http://127.0.0.1/v1/logs', ''):
            self.check(64, 'records', 'export', '--dir', 'x', '--post', bad, says='must be http://127.0.0.1:PORT/PATH')
        post = ('records', 'export', '--dir', 'x', '--post', 'http://127.0.0.1:4318/v1/logs')
        self.check(64, *post, '--format', 'ocsf', says='--format otlp, or none, with --post is required')
        self.check(64, *post, '--format', 'jsonl', says='--format otlp, or none, with --post is required')
        self.check(66, *post, '--format', 'otlp')
        self.check(64, 'records', 'list', '--dir', 'x', '--size-min', 'much', says="'much'")
        self.check(64, 'records', 'list', '--dir', 'x', '--claim', 'run', says="'run' is not NAME=VALUE")
        self.check(64, 'records', 'list', '--dir', 'x', '--detector', 'emial', says="did you mean 'email'?")
        self.check(64, 'records', 'list', '--dir', 'x', '--json', '--format', 'csv', says='--format')
        self.check(64, 'records', 'replay', '--dir', 'x', says='ID or --job')
        self.check(64, 'records', 'replay', ID, '--job', 'a=b', '--dir', 'x', says='--job')
        self.check(64, 'records', 'view', says='ID, FILE or --job')
        self.check(64, 'records', 'what-if', '--dir', 'x', says='--policy')
        for word in ('-1', 'abc', '', ' 5', '+5', '5 ', '1e3', '0x10', '1.5', '18446744073709551616', '-18446744073709551611'):
            self.check(64, 'records', 'list', '--dir', 'x', '--limit', word, says=f"--limit: '{word}' is no whole number from 0 to ")
        self.check(64, 'serve', '-c', 'a', '--config', 'b', says='--config is given more than once')
        self.check(64, '--config', 'x', 'serve', says="'--config' stands behind its command: gatehouse serve --config")
        self.check(64, 'records', '--limit', '3', 'list', '--dir', 'x', says='gatehouse records list --limit')
        self.check(64, '--confg', 'x', 'serve', says="unknown option '--confg' of 'gatehouse'")
        self.check(64, 'approvals', 'list', says='give --config FILE or --socket PATH')
        self.check(64, 'approvals', 'approve', '../../etc', '--socket', 'x', says='is not an exchange id')

    def test_terminal_escapes_in_words_do_not_come_back(self):
        done = self.check(64, '\x1b[31mred\u202e')
        self.assertNotRegex(done.stderr, '[\x00-\x09\x0b-\x1f\u202e]')

    def test_good(self):
        self.check(0, 'version', says='BoringSSL')
        self.check(0, 'help', says='gatehouse serve --config gateway.toml')
        self.check(0, 'help', 'records', 'list', says='Only the newest N')
        self.check(0, '--version', says='gatehouse 0.')
        self.check(0, 'check', '--config', self.config, says='good, 0 errors')
        self.check(0, 'check', '--key', 'limits.head_bytes', says='4KiB to 32KiB')
        self.check(0, 'check', '--config', self.config, '--print', says='head_bytes = "32KiB"  # default')

    def test_check_says_what_a_good_configuration_comes_to(self):
        text = self.check(0, 'check', '--config', self.config, '--rate', '2000', '--body', '62KiB').stdout
        for line in (r'^policy +deny by default', r'^  rule \S+: effect "allow"; groups \[', r'^memory +\d.* no connection; at most \d',
                     r'^memlock +\d.* for the record rings; ', r'^crash +a killed process loses no record .* at most the last 5ms',
                     r'^disk .* free for records; 2000 requests/s with bodies of 62 KiB write 125 MiB/s, .* a day: full in \d'):
            self.assertRegex(text, re.compile(line, re.M))
        told = json.loads(self.check(0, 'check', '--config', self.config, '--json', '--rate', '2000', '--body', '62KiB').stdout)
        self.assertEqual(told['disk']['bytes_per_second'], 2000 * 64 * 1024)
        self.assertAlmostEqual(told['disk']['days_until_full'], told['disk']['free_bytes'] / (2000 * 65536) / 86400, delta=0.01)
        busy = self.check(0, 'check', '--config', self.config, '--rate', '2000000', '--body', '62KiB').stdout
        self.assertRegex(busy, r' a day: full in (less than a minute|\d+ minutes|\d+\.\d hours|[2-9]\.\d days|\d{2,} days)\n')
        self.assertEqual(told['policy']['rules'][0]['effect'], 'allow')
        self.assertGreater(told['memory']['most_bytes'], told['memory']['idle_bytes'])
        self.assertEqual(told['memlock']['bytes'], told['memory']['workers'] * (16 * 1024 + 64) * 1024)
        self.assertEqual(told['crash']['power_loss_ns'], 5_000_000)
        self.check(64, 'check', '--config', self.config, '--body', 'much', says="'much' is no size")
        for rate in ('-1', 'nan', 'inf', '1e8', 'many'):
            self.check(64, 'check', '--config', self.config, f'--rate={rate}', says='--rate')
        self.check(64, 'check', '--rate', '5', says='--config')

    def test_folders_that_serve_would_refuse_are_said(self):
        os.mkdir(os.path.join(self.folder, 'open'))
        os.chmod(os.path.join(self.folder, 'open'), 0o777)
        self.write('file', '')
        ours = 'open is open to group or others: chmod 700 it'
        for key, place, code, trouble in (
                ('records.dir', 'open', 74, ours), ('records.ring_dir', 'open', 74, ours), ('records.dir', 'file', 74, 'Not a directory'),
                ('gateway.state_dir', 'open', 74, ours), ('gateway.state_dir', 'file', 74, 'is not a folder'),
                ('gateway.run_dir', 'open', 69, 'needs our owner and mode 0700 or 0750'), ('gateway.run_dir', 'file', 69, 'Not a directory'),
                ('records.dir', 'no/where', 0, 'cannot create folder .*: No such file.*'), ('records.dir', 'new', 0, ''),
                ('gateway.state_dir', 'no/where', 0, 'cannot create folder .*: No such file.*'), ('gateway.state_dir', 'new', 0, '')):
            with self.subTest(key=key, place=place):
                table, name = key.split('.')
                path = self.write('folders.toml', self.minimal + f'\n[{table}]\n{name} = "{place}"\n')
                told = json.loads(self.check(code, 'check', '--config', path, '--json').stdout)
                self.assertRegex(told['disk']['trouble'], f'{trouble}$')
                said = self.check(code, 'check', '--config', path).stdout
                self.assertEqual('`serve` would not start here' in said, bool(trouble))
                if code:   # serve asks the same function
                    self.assertIn(told['disk']['trouble'], self.check(code, 'serve', '--config', path).stderr)

    def test_keys_with_which_nobody_signs_are_said(self):
        for text in ('{"keys":[]}', '{"keys":[{"kty":"oct","k":"AAAA","kid":"1","alg":"HS256"}]}'):
            self.write('keys.json', text)
            self.check(0, 'check', '--config', self.config, says='has no key: its callers are refused')
        self.write('keys.json', KEY_SET)
        self.assertNotIn('has no key', run('check', '--config', self.config).stderr)

    def test_a_low_limit_of_locked_memory_is_said(self):
        done = subprocess.run(['setpriv', '--bounding-set=-ipc_lock', '--inh-caps=-ipc_lock', 'sh', '-c', 'ulimit -l 64; exec "$@"', 'sh',
                               PROGRAM, 'check', '--config', self.config], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode == 127 or 'setpriv' in done.stderr:
            self.skipTest('setpriv cannot drop capabilities here')
        self.assertRegex(done.stdout, r'memlock .*; the limit here is 64 KiB: too low')

    def test_nothing_in_a_value_is_taken_for_a_name_of_the_environment(self):
        path = self.write('path.toml', self.minimal + '[records]\ndir = "${PATH}/records"\n')
        self.check(78, 'check', '--config', path, says='nothing is expanded here')
        path = self.write('literal.toml', self.minimal.replace('"chunk-readers"', '"${PATH}", "$PATH", "%PATH%"'))
        self.check(0, 'check', '--config', path, '--print', says='groups = ["${PATH}", "$PATH", "%PATH%"]')

    def test_input_configuration_and_unavailable(self):
        self.check(66, 'check', '--config', os.path.join(self.folder, 'none.toml'), says='No such file')
        self.check(66, 'check', '--config', self.folder, says='not a regular file')
        self.check(78, 'check', '--config', self.write('large.toml', self.minimal + '#' * 1048576), says='[GH0003]: cannot read')
        broken = self.write('broken.toml', self.minimal.replace('groups', 'gruops'))
        self.check(78, 'check', '--config', broken, says="did you mean 'groups'?")
        self.check(78, 'records', 'list', '--config', broken, says='GH0101')
        self.check(66, 'records', 'list', '--config', os.path.join(self.folder, 'none.toml'))
        self.check(66, 'records', 'show', ID, '--dir', os.path.join(self.folder, 'none'))
        self.check(69, 'approvals', 'list', '--config', self.config, says='is the gateway running?')
        self.check(69, 'approvals', 'approve', ID, '--socket', os.path.join(self.folder, 'none'), '--note', 'x')

    def test_output_that_cannot_be_written_is_an_error(self):
        with open('/dev/full', 'w', encoding='utf-8') as full:
            done = subprocess.run([PROGRAM, 'check', '--schema'], stdout=full, stderr=subprocess.PIPE, timeout=60)
        self.assertEqual(done.returncode, 74, done.stderr)


def tree(words=()):
    """Every command, as its --help names those below it: a new one is looked at without being told of."""
    text = run(*words, '--help').stdout.split('Examples:')[0]
    below = re.findall(r'^  ([a-z-]+)\b', text.split('Subcommands:')[1], flags=re.M) if 'Subcommands:' in text else []
    return [list(words), *(each for word in below for each in tree((*words, word)))]


class Help(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.COMMANDS = tree()
        for words in (['explain'], ['mask'], ['whoami'], ['reload'], ['bugreport'], ['api-keys', 'create'], ['revocations', 'add'],
                      ['records', 'erase'], ['keys', 'show-public']):
            assert words in cls.COMMANDS, words

    def test_a_misspelt_option_or_command_is_answered_with_the_one_that_was_meant(self):
        tried = {'--help'}
        for words in self.COMMANDS:
            text = run(*words, '--help').stdout.split('Examples:')[0]
            options = re.findall(r'^  (?:-\w,)?(--[a-z-]{4,})', text.split('Subcommands:')[0], flags=re.M)
            for option in [each for each in options if each not in tried] or options[-1:]:   # of each command one at least
                tried.add(option)
                done = run(*words, option[:-2] + option[-1])   # a letter is missing
                self.assertEqual((done.returncode, done.stdout), (64, ''), (words, option))
                self.assertRegex(done.stderr, r"did you mean '--[a-z-]+'\?", (words, option))
            self.assertEqual(run(*words, '--no-such-thing-at-all').returncode, 64, words)
            if 'Subcommands:' in run(*words, '--help').stdout:
                done = run(*words, 'zzzzzzzz')
                self.assertEqual((done.returncode, done.stdout), (64, ''), words)
                self.assertEqual(run(*words).returncode, 64, words)

    def test_every_command_has_help_with_examples(self):
        for words in self.COMMANDS:
            for option in ('--help', '-h'):
                done = run(*words, option)
                self.assertEqual(done.returncode, 0, words)
                self.assertIn('Examples:\n  gatehouse ' + ' '.join(words), done.stdout)
                self.assertEqual(done.stderr, '')

    def test_help_speaks_of_what_users_give_and_not_of_how_it_is_read(self):
        for words in self.COMMANDS:
            self.assertNotRegex(run(*words, '--help').stdout, r'\{|->|[A-Z]:[A-Z]|NONNEGATIVE', words)

    def test_options_that_shut_each_other_out_are_named_in_the_order_of_the_page(self):
        named = 0
        for words in self.COMMANDS:
            text = run(*words, '--help').stdout.split('Examples:')[0]
            order = re.findall(r'^  (?:-\w,)?(--[\w-]+|\w+)', text, flags=re.M)
            for names in re.findall(r' (?:Needs|Excludes):((?: (?:--[\w-]+|what|id)(?=\s))+)', text):
                places = [order.index(name) for name in names.split()]
                named += len(places) > 1
                self.assertEqual(places, sorted(places), words)
        self.assertGreater(named, 2)

    def understood(self, line):
        # With files that are not there: whatever else is wrong, it is not the command line.
        example = re.sub(r' [>&#].*', '', line).replace('ID', ID).split(' ', 1)[1]
        if example.startswith('serve'):
            example = example.replace('.toml', '.none')
        if example.startswith('init'):   # asked on loopback, where nobody answers
            example = re.sub(r'(--issuer|--origin) \S+', r'\1 http://127.0.0.1:1', example)
        into = re.search(r' \| (\w+)', example)
        if into and shutil.which(into.group(1)) is None:   # who pipes into it has it; our part is judged all the same
            example = example[:into.start()]
        done = subprocess.run(f'{PROGRAM} {example}', shell=True, stdout=subprocess.PIPE, cwd='/proc/self',
                              stderr=subprocess.PIPE, text=True, timeout=60)
        self.assertNotIn(done.returncode, (64, 70), f'{line}: {done.stderr}')
        self.assertGreaterEqual(done.returncode, 0, f'{line}: {done.stderr}')
        self.assertLess(done.returncode, 126, f'{line}: {done.stderr}')   # a shell's word for a signal, or for nothing to run

    def test_examples_are_understood(self):
        for words in self.COMMANDS:
            for line in re.findall(r'^  (gatehouse .*)$', run(*words, '--help').stdout, flags=re.M):
                self.understood(line)

    def test_commands_of_the_documents_are_understood(self):
        pages = [f'{ROOT}/README.md', f'{ROOT}/SECURITY.md', f'{ROOT}/src/README.md', *sorted(glob.glob(f'{ROOT}/docs/*.md')),
                 *sorted(path for path in glob.glob(f'{ROOT}/configs/**', recursive=True) if os.path.isfile(path))]
        found = named = 0
        for page in pages:
            with open(page, encoding='utf-8') as file:
                text = file.read()
            blocks = re.findall(r'^```\w*\n(.*?)^```', text, flags=re.M | re.S)
            shown = [line for block in blocks for line in block.splitlines()] + re.findall(r'^# +(gatehouse .*)$', text, flags=re.M)
            spoken = re.findall(r'`([^`\n]+)`', re.sub(r'^```\w*\n.*?^```', '', text, flags=re.M | re.S))
            for line in shown + spoken:
                words = re.sub(r'^build/', '', line).split()
                if words[:1] != ['gatehouse'] or len(words) < 2:
                    continue
                if line in spoken and all(re.fullmatch(r'[a-z]+(-[a-z]+)*|ID', word) for word in words):
                    # A command's name in a sentence, without what it needs: it must be a command.
                    words = [word for word in words if word != 'ID']
                    self.assertIn('Usage: ' + ' '.join(words) + ' ', run(*words[1:], '--help').stdout, page)
                    named += 1
                else:
                    self.understood(' '.join(words).replace('FILE', 'file.toml').replace('KEY', 'limits.head_bytes'))
                    found += 1
        self.assertGreater(found, 20)
        self.assertGreater(named, 5)


class Json(Folder):
    def test_check(self):
        broken = self.write('broken.toml', self.minimal.replace('groups', 'gruops'))
        found = json.loads(run('check', '--json', '--config', broken).stdout)
        self.assertEqual((found['ok'], found['errors'], found['file']), (False, 1, broken))
        first = next(each for each in found['diagnostics'] if each['severity'] == 'error')
        line = 1 + self.minimal.replace('groups', 'gruops').splitlines().index('gruops = ["chunk-readers"]')
        self.assertEqual((first['code'], first['line'], first['column'], first['length']), ('GH0101', line, 1, 6))
        self.assertEqual(first['source'], 'gruops = ["chunk-readers"]')
        self.assertIn("'groups'", first['help'])
        self.assertTrue(json.loads(run('check', '--json', '--config', self.config).stdout)['ok'])

    def test_version(self):
        versions = json.loads(run('version', '--json').stdout)
        self.assertEqual({'BoringSSL', 'liburing', 'simdjson', 'Hyperscan', 'CLI11', 'toml++'} -
                         {library['name'] for library in versions['libraries']}, set())
        self.assertTrue(versions['kernel_features']['defer_taskrun'])
        for library in versions['libraries']:
            self.assertRegex(library['version'], r'\d')
            # Whoever brings another version says when it was released: src/cli/version_text.cc.
            self.assertRegex(library.get('released', 'unknown'), r'^20\d\d-(0[1-9]|1[0-2])$', library)
            self.assertLessEqual(library['released'], time.strftime('%Y-%m'), library)
        self.assertEqual(versions['kernel'], ' '.join([os.uname().sysname, os.uname().release]))
        self.assertIn('available', versions['io_uring'])


def errors(schema, value, where=''):
    """What a value breaks of a JSON Schema, as far as ours goes."""
    found = []
    kinds = {'object': dict, 'array': list, 'string': str, 'boolean': bool, 'integer': int}
    if 'anyOf' in schema and all(errors(one, value, where) for one in schema['anyOf']):
        return [f'{where}: none of anyOf fits {value!r}']
    if 'type' in schema and (not isinstance(value, kinds[schema['type']]) or
                             (schema['type'] == 'integer' and isinstance(value, bool))):
        return [f'{where}: {value!r} is not {schema["type"]}']
    if 'enum' in schema and value not in schema['enum']:
        found.append(f'{where}: {value!r} is not one of {schema["enum"]}')
    if 'pattern' in schema and not re.search(schema['pattern'], value):
        found.append(f'{where}: {value!r} does not match {schema["pattern"]}')
    if 'minimum' in schema and not schema['minimum'] <= value <= schema['maximum']:
        found.append(f'{where}: {value!r} is out of range')
    if 'minLength' in schema and not schema['minLength'] <= len(value) <= schema.get('maxLength', 1 << 30):
        found.append(f'{where}: length of {value!r}')
    if isinstance(value, list) and 'items' in schema:
        if not schema['minItems'] <= len(value) <= schema['maxItems']:
            found.append(f'{where}: {len(value)} items')
        for number, item in enumerate(value):
            found += errors(schema['items'], item, f'{where}[{number}]')
    if isinstance(value, dict) and 'properties' in schema:
        found += [f'{where}: unknown {name}' for name in value if name not in schema['properties']]
        found += [f'{where}: {name} is missing' for name in schema['required'] if name not in value]
        for name, item in value.items():
            found += errors(schema['properties'].get(name, {}), item, f'{where}.{name}')
    return found


class Schema(unittest.TestCase):
    def setUp(self):
        self.schema = json.loads(run('check', '--schema').stdout)

    def test_accepts_the_samples(self):
        samples = sorted(glob.glob(f'{ROOT}/configs/**/*.toml', recursive=True))
        self.assertGreaterEqual(len(samples), 5)
        for sample in samples:
            with open(sample, 'rb') as file:
                self.assertEqual(errors(self.schema, tomllib.load(file)), [], sample)

    def test_refuses_what_check_refuses_for_the_form_alone(self):
        codes = {'GH0101', 'GH0102', 'GH0103', 'GH0105'}
        refused = 0
        for path in sorted(glob.glob(f'{ROOT}/tests/data/config/broken/*.toml')):
            with open(path[:-5] + '.expected', encoding='utf-8') as file:
                if not codes & set(re.findall(r'^error\[(\w+)\]', file.read(), flags=re.M)):
                    continue
            with open(path, 'rb') as file:
                try:
                    value = json.loads(json.dumps(tomllib.load(file), default=lambda date: {'date': str(date)}))
                except tomllib.TOMLDecodeError:
                    continue
            self.assertNotEqual(errors(self.schema, value), [], path)
            refused += 1
        self.assertGreater(refused, 15)


class Reference(unittest.TestCase):
    def test_the_page_is_the_one_of_the_documents(self):
        with open(f'{ROOT}/docs/configuration.md', encoding='utf-8') as file:
            self.assertEqual(run('check', '--reference').stdout, file.read())


class OneVerdict(Folder):
    def test_serve_refuses_what_check_refuses(self):
        files = sorted(glob.glob(f'{ROOT}/tests/data/config/broken/*.toml'))
        for path in files[::4]:
            copy = shutil.copy(path, self.folder)
            checked, served = run('check', '--config', copy), run('serve', '--config', copy)
            self.assertEqual((checked.returncode, served.returncode), (78, 78), f'{path}: {served.stderr}')
            first = re.search(r'^error\[\w+\].*$', checked.stderr, flags=re.M).group(0)
            self.assertIn(first, served.stderr, path)
        none = os.path.join(self.folder, 'none.toml')
        self.assertEqual(run('serve', '--config', none).returncode, run('check', '--config', none).returncode)


PIECES = ['[[rule]]\n', ']', '"', "'", '=', '\n', '#', '\\', '1', '"x"', '[', '.', '*', 'true', 'name = "main"\n', '\x7f', '\u00e9', '{', '}',
          'dir = "records"\n', 'typo = 1\n', '-', '0']


def damaged(text, chance):
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(text))
        kind = chance.randrange(5)
        if kind == 0:
            text = text[:at] + chr(chance.randrange(256)) + text[at + 1:]
        elif kind == 1:
            text = text[:at] + text[at + chance.randint(1, 8):]
        elif kind == 2:
            text = text[:at] + chance.choice(PIECES) + text[at:]
        elif kind == 3:
            other = chance.randrange(len(text))
            text = text[:at] + text[other:other + chance.randint(0, 40)] + text[at:]
        else:
            text = text[:at] + text[at + 1:at + 2] + text[at:at + 1] + text[at + 2:]
    return text


class Damaged(Folder):
    """A thousand files with small damages: what check calls good serve accepts, and of the others both say the same."""

    def judge(self, number):
        path = self.write(f'{number}.toml', damaged(self.texts[number % len(self.texts)], random.Random(number)))
        checked = run('check', '--config', path)
        try:
            served = run('serve', '--config', path)
        except subprocess.TimeoutExpired:   # it serves: the damage moved the records to where they can be
            served = None
        good = checked.returncode in (0, 74)   # 74: the folder of records is a file
        self.assertIn(checked.returncode, (0, 74, 78), path)
        if good:
            self.assertTrue(served is None or served.returncode in ((74,) if checked.returncode else (69, 74)), (number, served))
        else:
            self.assertEqual(served.returncode, 78, number)
            summary = served.stderr.splitlines()[-1]
            self.assertEqual(served.stderr, checked.stderr + summary + '\n', number)
            self.assertIn(summary, checked.stdout)
        return good

    def test_both_say_the_same(self):
        self.texts = [self.minimal, self.minimal + '[gateway]\nworkers = 1\nhealth_address = "127.0.0.1:9"\n[limits]\nhead_fields = 64\n'
                      '[deadlines]\nhold = "10m"\n[[guard]]\nname = "g"\npatterns = ["a+b"]\n[[mask]]\nname = "m"\nfields = ["a[*].b"]\n']
        self.write('records', 'A file where serve wants a folder: it ends as soon as it has accepted the configuration.')
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            good = sum(pool.map(self.judge, range(FILES)))
        self.assertGreater(good, FILES / 50)
        self.assertLess(good, FILES * 0.8)


if __name__ == '__main__':
    unittest.main()
