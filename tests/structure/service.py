"""The systemd unit: systemd itself accepts it, and what the gateway needs stands in it."""
import os
import re
import shutil
import subprocess
import tempfile

import tree

UNIT = 'configs/gatehouse.service'
CLOCK = 'configs/gatehouse-clock.service'
NEEDED_OF_CLOCK = ('Type=oneshot', 'ExecStart=/usr/local/bin/gatehouse records trust-clock --if-synchronised', 'Restart=on-failure', 'User=gatehouse',
                   'RemoveIPC=no', 'NoNewPrivileges=yes', 'CapabilityBoundingSet=', 'SystemCallFilter=@system-service adjtimex',
                   'RestartPreventExitStatus=78', 'WantedBy=gatehouse.service')
NEEDED = ('Type=notify', 'WatchdogSec=', 'RestartPreventExitStatus=78', 'ExecReload=/usr/local/bin/gatehouse reload', 'User=gatehouse', 'RemoveIPC=no',
          'LimitMEMLOCK=', 'NoNewPrivileges=yes', 'LimitCORE=0', '#LoadCredential=', 'ProtectSystem=strict')
EXPOSURE_MOST = 20   # tenths, as `systemd-analyze security` counts: 1.9 with systemd 252, 1.7 with 257
# A check before the start fails with its own exit code, which RestartPreventExitStatus= does not look at.
UNWANTED = ('DynamicUser=', 'ProcSubset=pid', 'ExecStartPre=')


def problems_of(text, unit=UNIT, needed=NEEDED, unwanted=UNWANTED):
    code = re.sub(r'^#(?!LoadCredential).*$', '', text, flags=re.M)
    lines = code.splitlines()
    return [f'{unit}: {line} is missing' for line in needed if not any(each.startswith(line) for each in lines)] + \
           [f'{unit}: {line} must not be' for line in unwanted if any(each.startswith(line) for each in lines)]


def verified(text, unit=UNIT):
    """What systemd-analyze says of it, with a program that is there on every machine."""
    if shutil.which('systemd-analyze') is None:
        print('service: systemd-analyze is not installed: only the lines were looked at')
        return []
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, os.path.basename(unit))
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text.replace('/usr/local/bin/gatehouse', '/bin/true'))
        done = subprocess.run(['systemd-analyze', 'verify', '--man=no', path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        exposed = subprocess.run(['systemd-analyze', 'security', '--offline=true', f'--threshold={EXPOSURE_MOST}', path],
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if exposed.returncode:
        done.returncode = done.returncode or exposed.returncode
        print(exposed.stdout.splitlines()[-1:])
    said = [line for line in done.stdout.splitlines() if os.path.basename(unit) in line]
    return [f'{unit}: {line}' for line in said] + ([f'{unit}: exit code {done.returncode}'] if done.returncode else [])


def check():
    text = tree.read(UNIT)
    clock = tree.read(CLOCK)
    problems = problems_of(clock, CLOCK, NEEDED_OF_CLOCK, ('ProtectClock=', 'AmbientCapabilities='))
    return tree.report('service', problems_of(text) + verified(text) + problems + verified(clock, CLOCK), 2)


if __name__ == '__main__':
    tree.run(check)
