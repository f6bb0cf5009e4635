"""Completion in real shells and the manual page, held against what --help says. Usage: shell_test.py PROGRAM SOURCE_ROOT"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAM, ROOT = os.path.abspath(sys.argv.pop(1)), sys.argv.pop(1)


def run(*words, **options):
    return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60, **options)


def gatehouse(*words):
    done = run(PROGRAM, *words)
    if done.returncode != 0:
        raise AssertionError(f'{words}: {done.returncode} {done.stderr}')
    return done.stdout


def tree(*words):
    """{command: ([commands below], {options})}, read from --help: another way than the scripts are made."""
    text = gatehouse(*words, '--help').split('Examples:')[0]
    commands = re.findall(r'^  ([a-z-]+)\b', text.split('Subcommands:')[1], flags=re.M) if 'Subcommands:' in text else []
    options = {name for line in re.findall(r'^  (-\S+)', text, flags=re.M) for name in line.split(',')}
    found = {words: (commands, options)}
    for command in commands:
        found.update(tree(*words, command))
    return found


TREE = tree()


class Tree(unittest.TestCase):
    def test_help_was_read(self):
        self.assertIn('serve', TREE[()][0])
        self.assertIn('--reason', TREE[('records', 'list')][1])
        self.assertIn('--note', TREE[('approvals', 'approve')][1])


class Bash(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix='gatehouse-shell-')
        self.addCleanup(shutil.rmtree, self.folder)
        os.mkdir(os.path.join(self.folder, 'a folder'))
        for name in ('gateway.toml', 'a folder/x', 'gate $(touch ran).toml'):
            with open(os.path.join(self.folder, name), 'w', encoding='ascii'):
                pass

    def offered(self, *words):
        """What a real bash offers for the last word."""
        script = ('source <("$1" completion bash); shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
                  '"$(complete -p gatehouse | sed -E "s/.*-F ([^ ]+).*/\\1/")"; printf "%s\\n" "${COMPREPLY[@]}"')
        done = run('bash', '--norc', '-u', '-c', script, 'bash', PROGRAM, 'gatehouse', *words, cwd=self.folder)
        self.assertEqual((done.returncode, done.stderr), (0, ''), words)
        return [line for line in done.stdout.splitlines() if line]

    def test_commands_and_options_of_every_command(self):
        for words, (commands, options) in TREE.items():
            if commands:
                self.assertEqual(self.offered(*words, ''), commands)
                self.assertEqual(self.offered(*words, commands[0][:2]), [c for c in commands if c.startswith(commands[0][:2])])
            self.assertEqual(set(self.offered(*words, '-')), options, words)
            self.assertEqual(set(self.offered(*words, '--')), {o for o in options if o.startswith('--')}, words)

    def test_values(self):
        self.assertEqual(self.offered('records', 'list', '--reason', 'guard_h'), ['guard_hit'])
        self.assertEqual(self.offered('records', 'list', '--reason', '=', 'guard_h'), ['guard_hit'])
        self.assertEqual(self.offered('records', 'replay', 'ID', '--part', 'client-'), ['client-request', 'client-answer'])
        self.assertEqual(self.offered('completion', ''), ['bash', 'zsh', 'fish'])
        self.assertEqual(self.offered('records', 'list', '--limit', ''), [])
        self.assertEqual(self.offered('nonsense', ''), TREE[()][0])

    def test_a_value_is_not_taken_for_a_command(self):
        self.assertEqual(self.offered('records', 'list', '--dir', 'verify', '--js'), ['--json'])
        self.assertIn('--limit', self.offered('records', 'list', '--subject', 'show', '--l'))

    def test_files_and_folders_and_nothing_is_run(self):
        self.assertEqual(self.offered('check', '--config', 'gateway'), ['gateway.toml'])
        self.assertEqual(self.offered('check', '--config', '=', 'gateway'), ['gateway.toml'])
        self.assertEqual(self.offered('check', '-c', 'gate '), ['gate $(touch ran).toml'])
        self.assertEqual(self.offered('records', 'list', '--dir', ''), ['a folder'])
        self.offered('check', '$(touch ran)')
        self.assertFalse(os.path.exists(os.path.join(self.folder, 'ran')))


class OtherShells(unittest.TestCase):
    def judged(self, shell):
        if shutil.which(shell) is None:
            self.skipTest(f'{shell} is not installed')
        with tempfile.NamedTemporaryFile('w', suffix='.' + shell) as file:
            file.write(gatehouse('completion', shell))
            file.flush()
            done = run(shell, '-n', file.name)
            self.assertEqual((done.returncode, done.stderr), (0, ''))

    def test_zsh(self):
        self.judged('zsh')

    def test_fish(self):
        self.judged('fish')

    def test_fish_offers_commands_and_options(self):
        if shutil.which('fish') is None:
            self.skipTest('fish is not installed')
        for words, (commands, options) in TREE.items():
            line = ' '.join(('gatehouse', *words, ''))
            for typed, wanted in (('', set(commands)), ('--', {o for o in options if o.startswith('--')})):
                done = run('fish', '--no-config', '-c', '%s completion fish | source; complete -C %r' % (PROGRAM, line + typed))
                offered = {each.split('\t')[0] for each in done.stdout.splitlines()}
                if wanted:
                    self.assertEqual(offered, wanted, line + typed)

    def test_all_commands_and_options_stand_in_each(self):
        for shell in ('zsh', 'fish'):
            text = gatehouse('completion', shell)
            for words, (commands, options) in TREE.items():
                for name in (*commands, *options):
                    bare = name.lstrip('-') if shell == 'fish' else name
                    self.assertRegex(text, rf'(?<![\w]){re.escape(bare)}(?![\w])', (shell, words))


class Manual(unittest.TestCase):
    def setUp(self):
        self.page = gatehouse('man')

    def formatted(self, *command):
        if shutil.which(command[0]) is None:
            self.skipTest(f'{command[0]} is not installed')
        with tempfile.NamedTemporaryFile('w', suffix='.1') as file:
            file.write(self.page)
            file.flush()
            return run(*command, file.name, env={**os.environ, 'MANWIDTH': '100', 'LC_ALL': 'C.UTF-8', 'MAN_KEEP_FORMATTING': ''})

    def test_groff_has_no_complaint(self):
        done = self.formatted('groff', '-ww', '-man', '-Tutf8')
        self.assertEqual((done.returncode, done.stderr), (0, ''))

    def test_man_has_no_complaint(self):
        done = self.formatted('man', '--warnings', '-l')
        self.assertEqual((done.returncode, done.stderr), (0, ''))

    def test_mandoc_has_no_complaint(self):
        done = self.formatted('mandoc', '-Tlint', '-Wwarning')
        self.assertEqual((done.returncode, done.stdout), (0, ''))

    def test_names_every_command_and_option(self):
        text = self.page.replace('\\-', '-').replace('\\fB', '').replace('\\fI', '').replace('\\fR', '')
        sections = dict(re.findall(r'^\.S[SH] (.*)\n((?:(?!\.S[SH] ).*\n)*)', text, flags=re.M))
        for words, (_, options) in TREE.items():
            name = ' '.join(('gatehouse', *words)) if words else 'OPTIONS'
            self.assertIn(name, sections)
            tagged = {each for line in re.findall(r'^\.TP\n(-.*)$', sections[name], flags=re.M)
                      for each in re.findall(r'(?:^|, )(-[\w-]+)', line)}
            self.assertEqual(tagged, options, name)

    def test_exit_codes_are_those_of_the_documents(self):
        with open(f'{ROOT}/docs/operations.md', encoding='utf-8') as file:
            documented = re.findall(r'^\| (\d+) \| ', file.read().split('## Exit codes')[1], flags=re.M)
        self.assertEqual(re.findall(r'^\.TP\n\\fB(\d+)', self.page.split('.SH EXIT STATUS')[1], flags=re.M), documented)

    def test_an_apostrophe_or_a_dot_begins_no_request(self):
        for line in self.page.splitlines():
            if line.startswith(('.', "'")):
                self.assertRegex(line, r'^\.(\\"|TH|SH|SS|TP|PP|nf|fi|RS|RE|br|BR)( |$)', line)


if __name__ == '__main__':
    unittest.main()
