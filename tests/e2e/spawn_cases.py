# SPDX-License-Identifier: ISC
"""spawn_cases.py NAME - one case; see spawn_test.sh for what each is about."""
import contextlib
import os
import pathlib
import shutil
import socket
import stat
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from cases import BODY, network  # noqa: E402
from instance import Client, Instance, check, wait_until  # noqa: E402

MAIN = """\
9002_time_limit = 1s
export_environment = TZ TOLD=this
transport_maps = inline:{ { store.example = lmtp:unix:private/store } }
relay_domains = store.example
relay_recipient_maps =
"""
MASTER = """
9001 inet n n n - - spawn user=nobody:daemon argv=@B@/talk one {two words}
9002 inet n n n - - spawn user=nobody argv=@B@/slow
9003 inet n n n - - spawn user=root argv=/bin/cat
9004 inet n n n - - spawn user=_postern_smtp argv=/bin/cat
9005 inet n n n - 1 spawn -o command_no_new_privs=yes user=nobody argv=/bin/grep NoNewPrivs /proc/self/status
9006 inet n n n - - spawn user=nobody argv=/no/such
9007 inet n n n - - spawn argv=/bin/cat
9008 inet n n n - 1 spawn user=nobody argv=/bin/cat
store unix - n n - - spawn user=nobody argv=@B@/store
open unix n n n - - spawn user=nobody argv=/bin/cat
"""
TALK = """#!/bin/sh
printf '<%s>' "$@"; echo
id; pwd; env
ls -l /proc/self/fd
grep -E 'Seccomp|NoNewPrivs|CapEff' /proc/self/status
read -r line; echo "heard $line"
echo to-stderr >&2
exit 3
"""
# The second process is of the same group, and has the connection open, too.
SLOW = """#!/bin/sh
sleep 300 &
echo started
wait
"""
STORE = """#!/usr/bin/python3
import sys
say = lambda s: (sys.stdout.write(s + '\\r\\n'), sys.stdout.flush())
say('220 store LMTP')
while line := sys.stdin.readline():
    verb = line[:4].upper()
    if verb == 'DATA':
        say('354 go on')
        text = ''
        while (line := sys.stdin.readline()).rstrip() != '.':
            text += line
        open('@B@/kept', 'a').write(text)
    say('221 bye' if verb == 'QUIT' else '250 2.0.0 well')
    if verb == 'QUIT':
        break
"""


@contextlib.contextmanager
def world():
    base = pathlib.Path(tempfile.mkdtemp(prefix='postern-spawn.'))
    base.chmod(0o755)
    for name, text in ('talk', TALK), ('slow', SLOW), ('store', STORE):
        (base / name).write_text(text.replace('@B@', str(base)))
        (base / name).chmod(0o755)
    (base / 'kept').touch()
    (base / 'kept').chmod(0o666)
    network()
    master = (pathlib.Path(os.environ['SRCTOP']) / 'etc/master.cf').read_text()
    try:
        with Instance(MAIN, master + MASTER.replace('@B@', str(base))) as postern:
            yield postern, base
    finally:
        shutil.rmtree(base, ignore_errors=True)


def talk(port, said=b''):
    """All that the service says."""
    with socket.create_connection(('127.0.0.1', port), 30) as s:
        s.sendall(said)
        text = b''
        with contextlib.suppress(ConnectionResetError):
            while piece := s.recv(65536):
                text += piece
    return text.decode()


def command():
    with world() as (postern, base):
        out = talk(9001, b'hello\n')
        lines = out.splitlines()
        check(lines[0] == '<one><two words>', out)
        check(lines[1] == 'uid=65534(nobody) gid=1(daemon) groups=1(daemon)', out)
        for line in 'TOLD=this', 'PATH=/usr/bin:/bin', 'heard hello', 'to-stderr', 'CapEff:\t0000000000000000', \
                'Seccomp:\t0', 'NoNewPrivs:\t0':
            check(line in lines, f'{line}: {out}')
        fds = [line for line in lines if ' -> ' in line]
        check(len([f for f in fds if 'socket:' in f]) == 3, fds)
        check(not [f for f in fds if 'socket:' not in f and '/proc/' not in f], fds)
        log = r'postfix/spawn\[\d+\]: warning: '
        postern.log.wait(rf'{log}command {base}/talk exit status 3$')
        check(talk(9005) == 'NoNewPrivs:\t1\n', 'parameters of the line')
        check('/no/such' in talk(9006) or postern.log.wait('execvp /no/such'), 'a command that is not there')
        # One at a time: the second waits for the end of the first.
        with socket.create_connection(('127.0.0.1', 9008), 30) as first, \
                socket.create_connection(('127.0.0.1', 9008), 30) as second:
            for s in first, second:
                s.sendall(b'x')
            check(first.recv(1) == b'x', 'the first')
            second.settimeout(0.5)
            with contextlib.suppress(TimeoutError):
                check(not second.recv(1), 'two at a time')
            first.close()
            second.settimeout(30)
            check(second.recv(1) == b'x', 'the second')


def time_limit():
    with world() as (postern, base):
        check(talk(9002) == 'started\n', 'what it says')
        postern.log.wait(rf'postfix/spawn\[\d+\]: warning: command {base}/slow: time limit exceeded$')
        for p in filter(str.isdigit, os.listdir('/proc')):
            with contextlib.suppress(OSError):
                text = pathlib.Path(f'/proc/{p}/cmdline').read_bytes()
                check(str(base).encode() not in text and text != b'sleep\0300\0', f'{p}: {text} is left')


def refused():
    with world() as (postern, base):
        for port, why in ((9003, 'user= attribute specifies the superuser'),
                          (9004, 'user= attribute specifies a user of the mail system'),
                          (9007, r'missing user= or argv= attribute')):
            check(talk(port, b'echo\n') == '', f'{port} ran')
            postern.log.wait(rf'postfix/warrant\[\d+\]: warning: service {port}: {why}')
        wait_until(lambda: postern.log.count(r'postfix/spawn\[\d+\]: warning: no command is run: ') == 3,
                   'three refusals')


def unix():
    with world() as (postern, base):
        with Client() as client:
            qid = client.send('ada@client.example', ['b@store.example'], BODY.format(id='u'))
        postern.log.wait(rf'postfix/lmtp\[\d+\]: {qid}: to=<b@store\.example>, .*status=sent \(250 2\.0\.0 well\)')
        check('last line' in (base / 'kept').read_text(), 'the mail')
        for name in 'private/store', 'public/open':
            st = (postern.dir / 'queue' / name).stat()
            check((st.st_uid, stat.S_IMODE(st.st_mode)) == (0, 0o600), f'{name}: {st}')
        for path in 'private/store', 'public/open':
            pid = os.fork()
            if pid == 0:
                os.setresuid(65534, 65534, 65534)
                try:
                    socket.socket(socket.AF_UNIX).connect(str(postern.dir / 'queue' / path))
                    os._exit(1)
                except OSError:
                    os._exit(0)
            check(os.waitpid(pid, 0)[1] == 0, f'{path} is open to everybody')
        wait_until(lambda: 'mda' not in postern.processes().values(), 'its end')


if __name__ == '__main__':
    globals()[sys.argv[1]]()
