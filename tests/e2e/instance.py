# SPDX-License-Identifier: ISC
"""A whole mail system for a test: Postern, DNS, SMTP clients and servers.

An Instance lives in the current directory and in a network of its own, which
the process that makes it enters for good: it is for one test case. Nothing is
waited for without a deadline; what was started is ended by its pid."""
import contextlib
import ctypes
import fcntl
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time

CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
WAIT = 20
SRCTOP = pathlib.Path(os.environ['SRCTOP'])
OBJTOP = pathlib.Path(os.environ['OBJTOP'])


class Failed(Exception):
    pass


def check(condition, why):
    if not condition:
        raise Failed(why)


def wait_until(fn, what, seconds=WAIT):
    end = time.monotonic() + seconds
    while not (value := fn()):
        if time.monotonic() > end:
            raise Failed(f'{what() if callable(what) else what}: not within {seconds} s')
        time.sleep(0.02)
    return value


def own_network(*addresses):
    """A network with loopback alone, and more addresses on it."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) < 0:
        raise OSError(ctypes.get_errno(), 'unshare')
    with socket.socket() as s:
        fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack('16sH14x', b'lo', IFF_UP))
    for a in addresses:
        subprocess.run(['ip', 'addr', 'add', a, 'dev', 'lo'], check=True)


class Client:
    """An SMTP client that says what it is told to."""

    def __init__(self, host='127.0.0.1', port=25, timeout=WAIT):
        self.sock = socket.create_connection((host, port), timeout)
        self.file = self.sock.makefile('rb')
        self.greeting = self.reply()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.sock.close()

    def reply(self):
        lines = []
        while True:
            line = self.file.readline().decode('utf-8', 'replace')
            if not line.endswith('\r\n'):
                raise Failed(f'connection lost after {lines}')
            lines.append(line[:-2])
            if line[3:4] != '-':
                return '\n'.join(lines)

    def say(self, line, want='2'):
        self.sock.sendall(line.encode() + b'\r\n')
        reply = self.reply()
        check(reply.startswith(want), f'{line}: {reply}')
        return reply

    def send(self, sender, rcpts, content):
        """One message; the queue id."""
        self.say('EHLO client.example')
        self.say(f'MAIL FROM:<{sender}>')
        for rcpt in rcpts:
            self.say(f'RCPT TO:<{rcpt}>')
        self.say('DATA', '354')
        text = content.replace('\n', '\r\n').encode()
        reply = self.say(re.sub(rb'(?m)^\.', b'..', text).decode() + '.')
        check(m := re.search(r'queued as (\w+)$', reply), reply)
        return m.group(1)


class Message:
    def __init__(self, sender, rcpts, data):
        self.sender, self.rcpts, self.data = sender, rcpts, data

    @property
    def text(self):
        return self.data.decode('utf-8', 'replace').replace('\r\n', '\n')


class Sink:
    """An SMTP server. "answers" maps a verb to the reply it is to have; the
    default is to take everything."""

    def __init__(self, host, port=25):
        self.port = port
        self.answers = {}
        self.messages = []
        self.sessions = 0
        self.lock = threading.Condition()
        family = socket.AF_INET6 if ':' in host else socket.AF_INET
        self.listener = socket.create_server((host, port), family=family, backlog=100)
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            conn = self.listener.accept()[0]
            self.sessions += 1
            threading.Thread(target=self.session, args=(conn,), daemon=True).start()

    def session(self, conn):
        with contextlib.suppress(OSError), conn, conn.makefile('rb') as f:
            self.dialogue(conn, f)

    def dialogue(self, conn, f):
        sender, rcpts = None, []

        def say(verb, text, path=''):
            reply = self.verdict(verb, path, text)
            conn.sendall(reply.encode() + b'\r\n')
            return reply[:1] in '23'

        say('CONNECT', '220 sink.example ESMTP')
        while line := f.readline():
            verb = line.split(b' ')[0].strip().upper().decode('latin-1')
            path = line.decode('utf-8', 'replace').partition('<')[2].partition('>')[0]
            if verb == 'EHLO':
                say(verb, '250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 DSN')
            elif verb == 'MAIL':
                sender, rcpts = path, []
                say(verb, '250 2.1.0 Ok')
            elif verb == 'RCPT':
                if say(verb, '250 2.1.5 Ok', path):
                    rcpts.append(path)
            elif verb == 'DATA' and rcpts:
                if say(verb, '354 go on'):
                    self.take(sender, rcpts, f)
                    say('.', '250 2.0.0 Ok: taken')
            elif verb == 'DATA':
                say(verb, '554 5.5.1 no valid recipients')
            else:
                say(verb, '221 2.0.0 Bye' if verb == 'QUIT' else '250 2.0.0 Ok')
                if verb == 'QUIT':
                    return

    def take(self, sender, rcpts, f):
        data = b''
        while (line := f.readline()) and line != b'.\r\n':
            data += line[1:] if line.startswith(b'.') else line
        if line and '.' not in self.answers:
            with self.lock:
                self.arrived(Message(sender, rcpts, data))
                self.lock.notify_all()

    def verdict(self, verb, path, text):
        """The reply to a command, "text" if there is nothing special."""
        return self.answers.get(verb, text)

    def arrived(self, message):
        self.messages.append(message)

    def wait(self, n=1, seconds=WAIT):
        """The n-th message (from 1)."""
        with self.lock:
            if not self.lock.wait_for(lambda: len(self.messages) >= n, seconds):
                raise Failed(f'{len(self.messages)} messages, want {n}')
            return self.messages[n - 1]


class Log:
    """maillog_file, by patterns."""

    def __init__(self, path):
        self.path = path

    def text(self):
        return self.path.read_text(errors='replace') if self.path.exists() else ''

    def wait(self, pattern, seconds=WAIT):
        return wait_until(lambda: re.search(pattern, self.text(), re.M), f'log line {pattern}',
                          seconds)

    def has(self, pattern):
        return re.search(pattern, self.text(), re.M)

    def count(self, pattern):
        return len(re.findall(pattern, self.text(), re.M))


MAIN_CF = """\
compatibility_level = 3.11
myhostname = mx.postern.example
daemon_directory = {dir}/prefix/libexec/postern
command_directory = {dir}/prefix/sbin
queue_directory = {dir}/queue
data_directory = {dir}/data
maillog_file = {dir}/maillog
maillog_file_prefixes = {dir}
inet_interfaces = 127.0.0.1, ::1
inet_protocols = all
mynetworks = 127.0.0.0/8 [::1]/128
mydestination =
local_recipient_maps =
alias_maps =
resolver_conf_file = {dir}/resolv.conf
resolver_hosts_file = {dir}/hosts
resolver_trust_anchor_file =
smtp_connect_timeout = 5s
"""


class Proc:
    """What /proc says of a process."""
    def __init__(self, pid, role=''):
        self.path, self.role = f'/proc/{pid}', role
        lines = pathlib.Path(self.path, 'status').read_text().splitlines()
        self.status = {k: v.strip() for k, v in (line.split(':', 1) for line in lines)}

    def __str__(self):
        return f'{self.role} {self.path}'

    def is_(self, key, value):
        check(self.status[key] == value, f'{self}: {key} {self.status[key]}')
        return self

    def link(self, name):
        return os.readlink(f'{self.path}/{name}')

    def maps(self, *flags):
        """The mappings with all these permissions."""
        lines = pathlib.Path(self.path, 'maps').read_text().splitlines()
        return [line for line in lines if all(f in line.split()[1] for f in flags)]


class Instance:
    """with Instance(main_cf_lines) as postern: ..."""

    env = {}            # of its commands

    def __init__(self, main_cf='', master_cf=None, start=True):
        self.start_now = start
        self.dir = pathlib.Path.cwd()
        self.conf = self.dir / 'conf'
        self.log = Log(self.dir / 'maillog')
        self.dir.chmod(0o755)
        self.install()
        self.conf.mkdir(exist_ok=True)
        self.configure(main_cf)
        (self.conf / 'master.cf').write_text(master_cf or (SRCTOP / 'etc/master.cf').read_text())
        (self.dir / 'resolv.conf').write_text('nameserver 127.0.0.1\n')
        (self.dir / 'hosts').write_text('127.0.0.1 localhost\n::1 localhost\n')

    def install(self):
        """What "install" would lay down, without the manual pages."""
        for group, to in ('sbin', 'prefix/sbin'), ('libexec', 'prefix/libexec/postern'):
            (self.dir / to).mkdir(parents=True, exist_ok=True)
            for d in (OBJTOP / group).iterdir():
                if (d / d.name).is_file() and os.access(d / d.name, os.X_OK):
                    shutil.copy(d / d.name, self.dir / to / d.name)
        (self.dir / 'prefix/libexec/postern/empty').mkdir(mode=0o555, exist_ok=True)

    def configure(self, main_cf):
        (self.conf / 'main.cf').write_text(MAIN_CF.format(dir=self.dir) + main_cf)

    def run(self, command, *args, ok=True, stdin=None):
        """A command of ours with -c; its result, with .out for all it said."""
        r = subprocess.run([self.dir / 'prefix/sbin' / command, '-c', self.conf, *args],
                           input=stdin, stdin=None if stdin else subprocess.DEVNULL,
                           capture_output=True, text=True, timeout=90, env=self.env)
        r.out = r.stdout + r.stderr
        check(not ok or r.returncode == 0, f'{command} {args}: {r.returncode}: {r.out}')
        return r

    def master(self):
        text = (self.dir / 'queue/pid/master.pid')
        return int(text.read_text()) if text.exists() else 0

    def processes(self):
        """pid: program of all that runs out of our prefix."""
        found = {}
        for p in filter(str.isdigit, os.listdir('/proc')):
            with contextlib.suppress(OSError):
                exe = os.readlink(f'/proc/{p}/exe')
                if exe.startswith(f'{self.dir}/prefix/'):
                    found[int(p)] = os.path.basename(exe)
        return found

    def start(self):
        self.run('postern', 'start')
        wait_until(lambda: self.listens('127.0.0.1'), 'port 25')

    def stop(self):
        self.run('postern', 'stop')

    @staticmethod
    def listens(host):
        try:
            socket.create_connection((host, 25), 1).close()
            return True
        except OSError:
            return False

    def queue(self, name):
        """Queue ids in that directory."""
        return sorted(f.name for f in (self.dir / 'queue' / name).rglob('*') if f.is_file())

    def __enter__(self):
        if self.start_now:
            self.start()
        return self

    def __exit__(self, kind, *_):
        self.run('postern', 'abort', ok=False)
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if kind:
            print('maillog:\n' + self.log.text())
