"""Starting a development program that listens on loopback and says where."""
import re
import subprocess


class Program:
    """A running program; `port` is the one it took. Use as a context: it ends with the block."""

    def __init__(self, *command):
        self.process = subprocess.Popen([*command, '--listen', '127.0.0.1:0'], stderr=subprocess.PIPE, text=True)
        self.said = []
        for line in self.process.stderr:
            self.said.append(line)
            match = re.search(r'listening on \S*:(\d+)', line)
            if match:
                self.port = int(match.group(1))
                return
        raise RuntimeError(f'{command[0]} did not start: {"".join(self.said)}')

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        code = self.process.wait(timeout=60)
        self.process.stderr.close()
        if code != 0:
            raise RuntimeError(f'exit code {code}')
