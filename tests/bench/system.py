# SPDX-License-Identifier: ISC
"""A mail system to be measured: Postern as built here, or an installed Postfix.

Both get the same main.cf and relay all mail to a port on loopback. What they
used of the CPU is known to the microsecond and needs nothing of the host: we
are the reaper of orphans, so that it is in our own children's time when the
system has stopped."""
import ctypes
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
OBJ = pathlib.Path(os.environ['OBJTOP'])
PR_SET_CHILD_SUBREAPER = 36
PORT, SINK_PORT = 2525, 2626

MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {dir}/queue
data_directory = {dir}/data
myhostname = bench.example
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
relayhost = [127.0.0.1]:{sink}
disable_dns_lookups = yes
default_process_limit = 1200
smtpd_client_connection_count_limit = 0
in_flow_delay = {in_flow_delay}
maillog_file = {dir}/maillog
maillog_file_prefixes = {dir}
"""
POSTERN_CF = """\
daemon_directory = {dir}/prefix/libexec/postern
command_directory = {dir}/prefix/sbin
"""


def become_reaper():
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0:
        raise OSError(ctypes.get_errno(), 'prctl')


def reap():
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            continue
    except ChildProcessError:
        pass


def children_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def parents():
    """pid: its parent, of all processes."""
    found = {}
    for p in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open(f'/proc/{p}/stat') as f:
                found[int(p)] = int(f.read().rpartition(')')[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


class System:
    """with System(directory) as s: it runs; afterwards s.cpu is what it used."""

    name = ''
    settings = ''

    def __init__(self, directory, in_flow_delay='1s'):
        self.dir = directory / self.name
        self.conf = self.dir / 'conf'
        self.conf.mkdir(parents=True)
        for d in 'queue', 'data':
            (self.dir / d).mkdir()
        self.dir.chmod(0o755)
        self.prepare()
        text = MAIN_CF + self.settings
        (self.conf / 'main.cf').write_text(text.format(dir=self.dir, sink=SINK_PORT, in_flow_delay=in_flow_delay))
        lines = (TOP / 'etc/master.cf').read_text()
        lines, n = re.subn(r'(?m)^smtp( +inet .*?)\S+( +smtpd)$', rf'127.0.0.1:{PORT}\g<1>1200\2', lines)
        if n != 1:
            sys.exit('etc/master.cf: no smtp inet service')
        (self.conf / 'master.cf').write_text(self.services(lines))

    def services(self, lines):
        return lines

    def command(self, name, *args, **kw):
        return subprocess.run([self.commands / name, '-c', self.conf, *args], env={'PATH': '/usr/sbin:/usr/bin:/sbin:/bin'},
                              capture_output=True, text=True, timeout=120, check=False, **kw)

    def __enter__(self):
        reap()
        self.before = children_seconds()
        self.load_cpu = 0.0
        r = self.command('postfix', 'start')
        if r.returncode:
            sys.exit(f'{self.name} does not start: {r.stdout}{r.stderr}')
        return self

    def __exit__(self, *_):
        self.command('postfix', 'stop')
        end = time.monotonic() + 30
        while self.processes() and time.monotonic() < end:
            reap()
            time.sleep(0.02)
        reap()
        self.cpu = children_seconds() - self.before - self.load_cpu
        shutil.rmtree(self.dir)

    def master(self):
        return int((self.dir / 'queue/pid/master.pid').read_text())

    def processes(self):
        """Its processes: what descends from master."""
        try:
            found = {self.master()}
        except (FileNotFoundError, ValueError):
            return set()
        tree = parents()
        found &= set(tree)
        while more := {p for p, parent in tree.items() if parent in found} - found:
            found |= more
        return found

    def memory(self):
        """PSS of all of them in KB."""
        total = 0
        for p in self.processes():
            try:
                text = pathlib.Path(f'/proc/{p}/smaps_rollup').read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue
            total += int(re.search(r'^Pss: +(\d+)', text, re.M).group(1))
        return total

    def queued(self):
        queues = ('maildrop', 'incoming', 'active', 'deferred')
        return sum(len(files) for q in queues for _, _, files in os.walk(self.dir / 'queue' / q))


class Postern(System):
    name = 'postern'
    settings = POSTERN_CF

    def prepare(self):
        self.commands = self.dir / 'prefix/sbin'
        for group, to in ('sbin', self.commands), ('libexec', self.dir / 'prefix/libexec/postern'):
            to.mkdir(parents=True)
            for d in (OBJ / group).iterdir():
                if (d / d.name).is_file() and os.access(d / d.name, os.X_OK):
                    shutil.copy(d / d.name, to / d.name)
        (self.dir / 'prefix/libexec/postern/empty').mkdir(mode=0o555)
        (self.commands / 'postfix').symlink_to('postern')
        self.sendmail = self.commands / 'sendmail'


class Postfix(System):
    name = 'postfix'
    commands = pathlib.Path('/usr/sbin')
    sendmail = commands / 'sendmail'

    def prepare(self):
        shutil.chown(self.dir / 'data', 'postfix')

    def services(self, lines):
        """Its own file, with the one change."""
        own = pathlib.Path('/usr/share/postfix/master.cf.dist').read_text()
        own = re.sub(r'(?m)^smtp( +inet .*?)\S+( +smtpd)$', rf'127.0.0.1:{PORT}\g<1>1200\2', own)
        if 'postlogd' not in own:
            own += 'postlog unix-dgram n - n - 1 postlogd\n'
        return own

    @staticmethod
    def installed():
        return all(pathlib.Path(p).exists() for p in ('/usr/sbin/postfix', '/usr/share/postfix/master.cf.dist'))
