"""The systemd unit: systemd itself accepts it, and what the gateway needs stands in it."""
import os
import re
import shutil
import subprocess
import tempfile

import tree

UNIT = 'configs/gatehouse.service'
NEEDED = ('Type=notify', 'WatchdogSec=', 'RestartPreventExitStatus=78', 'ExecReload=/usr/local/bin/gatehouse reload', 'User=gatehouse', 'RemoveIPC=no',
          'LimitMEMLOCK=', 'NoNewPrivileges=yes', 'LimitCORE=0', '#LoadCredential=', 'ProtectSystem=strict')
EXPOSURE_MOST = 20   # tenths, as `systemd-analyze security` counts: 1.9 with systemd 252, 1.7 with 257
# A check before the start fails with its own exit code, which RestartPreventExitStatus= does not look at.
UNWANTED = ('DynamicUser=', 'ProcSubset=pid', 'ExecStartPre=')


def problems_of(text):
    code = re.sub(r'^#(?!LoadCredential).*$', '', text, flags=re.M)
    lines = code.splitlines()
    return [f'{UNIT}: {line} is missing' for line in NEEDED if not any(each.startswith(line) for each in lines)] + \
           [f'{UNIT}: {line} must not be' for line in UNWANTED if any(each.startswith(line) for each in lines)]


def verified(text):
    """What systemd-analyze says of it, with a program that is there on every machine."""
    if shutil.which('systemd-analyze') is None:
        print('service: systemd-analyze is not installed: only the lines were looked at')
        return []
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'gatehouse.service')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text.replace('/usr/local/bin/gatehouse', '/bin/true'))
        done = subprocess.run(['systemd-analyze', 'verify', '--man=no', path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        exposed = subprocess.run(['systemd-analyze', 'security', '--offline=true', f'--threshold={EXPOSURE_MOST}', path],
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if exposed.returncode:
        done.returncode = done.returncode or exposed.returncode
        print(exposed.stdout.splitlines()[-1:])
    said = [line for line in done.stdout.splitlines() if 'gatehouse.service' in line]
    return [f'{UNIT}: {line}' for line in said] + ([f'{UNIT}: exit code {done.returncode}'] if done.returncode else [])


def check():
    text = tree.read(UNIT)
    return tree.report('service', problems_of(text) + verified(text), 1)


if __name__ == '__main__':
    tree.run(check)
