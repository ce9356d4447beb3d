# SPDX-License-Identifier: ISC
"""mailboxes.py NAME - deliveries on this host; see mailboxes_test.sh."""
import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import nameserver  # noqa: E402
from instance import Client, Instance, check, own_network, wait_until  # noqa: E402

UID = 5000
MAIN = """\
virtual_mailbox_domains = v.example
virtual_mailbox_base = {base}
virtual_mailbox_maps = inline:{{ {{ m@v.example = v.example/m/ }},
    {{ b@v.example = v.example/b }}, {{ tiny@v.example = v.example/tiny }}, {{ out@v.example = ../out/ }},
    {{ link@v.example = v.example/link/ }}, {{ hard@v.example = v.example/hard }},
    {{ root@v.example = v.example/root/ }}, {{ low@v.example = v.example/low/ }},
    {{ role@v.example = v.example/role/ }}, {{ full@v.example = v.example/full }},
    {{ other@v.example = v.example/other }} }}
virtual_uid_maps = inline:{{ {{ root@v.example = 0 }}, {{ low@v.example = 99 }},
    {{ role@v.example = {role} }}, {{ @v.example = 5000 }} }}
virtual_gid_maps = static:5000
virtual_mailbox_limit = 20000
deliver_lock_attempts = 2
recipient_delimiter = +
transport_maps = inline:{{ {{ p.example = script: }}, {{ n.example = nobody: }}, {{ s.example = slow: }},
    {{ r.example = asroot: }}, {{ c.example = room: }}, {{ d.example = noroom: }}, {{ tiny@v.example = tiny: }}, {{ f.example = flags: }} }}
slow_time_limit = 1s
flags_destination_recipient_limit = 1
relay_domains = p.example n.example s.example r.example f.example c.example d.example
relay_recipient_maps =
queue_run_delay = 3s
"""
MASTER = """
script unix - n n - - pipe
  user=nobody argv={base}/script ${{sender}} ${{recipient}} ${{user}} ${{extension}} ${{domain}} ${{nexthop}} end
nobody unix - n n - - pipe user=nobody argv=/usr/bin/no-such-program
slow unix - n n - - pipe user=nobody argv=/bin/sh -c {{/bin/sleep 31415 & /bin/sleep 31415}}
tiny unix - n n - - virtual -o virtual_mailbox_limit=60
room unix - n n - - pipe
  user=nobody chroot={base}/room directory=/out argv=/bin/sh -c {{echo /* >seen; cat >>seen}}
noroom unix - n n - - pipe user=nobody chroot={base}/none argv=/bin/sh
asroot unix - n n - - pipe user=root argv=/bin/true
flags unix - n n - - pipe flags=BDFORXhqu.> user=nobody:nogroup directory={base} null_sender=nil
  eol=\\r\\n argv={base}/keep ${{recipient}} ${{original_recipient}} ${{sender}}
"""
SCRIPT = """#!/bin/sh
{ id; printf '<%s>' "$@"; echo; env; ls -l /proc/self/fd; grep -E 'Seccomp|NoNewPrivs' /proc/self/status; cat; } >>@BASE@/pipe.out
case $2 in *exit75*) echo 'come back'; exit 75;; *exit1*) exit 1;; *code*) echo '5.9.9 because I say so'; exit 3;; *nouser*) exit 67;;
*sig*) kill -9 $$;; *says*) echo words;; esac
exit 0
"""
BODY = 'From: a@client.example\nSubject: {s}\n\nFrom the start\n.dot\nend\n'


class World:
    def __init__(self):
        self.base = pathlib.Path(tempfile.mkdtemp(prefix='postern-mda.'))
        self.base.chmod(0o755)
        (self.base / 'v.example').mkdir()
        os.chown(self.base / 'v.example', UID, UID)
        self.script('script', SCRIPT.replace('@BASE@', str(self.base)))
        self.script('keep', f'#!/bin/sh\n{{ printf "<%s>" "$@"; echo; pwd; cat; }} >{self.base}/kept\n')
        for name in 'pipe.out', 'kept':
            (self.base / name).touch()
            (self.base / name).chmod(0o666)

    def script(self, name, text):
        (self.base / name).write_text(text)
        (self.base / name).chmod(0o755)

    @contextlib.contextmanager
    def run(self):
        own_network()
        nameserver.start()
        pw = subprocess.run(['id', '-u', '_postern_smtp'], capture_output=True, text=True, check=True)
        master = (pathlib.Path(os.environ['SRCTOP']) / 'etc/master.cf').read_text()
        try:
            with Instance(MAIN.format(base=self.base, role=pw.stdout.strip()),
                          master + MASTER.format(base=self.base)) as postern, Client() as client:
                self.postern, self.client = postern, client
                yield self
        finally:
            shutil.rmtree(self.base, ignore_errors=True)

    def send(self, *rcpts, subject='x', sender='ada@client.example', body=BODY):
        return self.client.send(sender, rcpts, body.format(s=subject))

    def said(self, qid, rcpt, what):
        self.postern.log.wait(rf'{qid}: to=<{rcpt}>.*, {what}')

    def said_now(self, qid, rcpt, what):
        line = wait_until(lambda: self.postern.log.has(rf'{qid}: to=<{rcpt}>.*status=.*'), 'a status')
        return what in line.group(0)

    def box(self, name):
        return self.base / 'v.example' / name


def maildir(w):
    qid = w.send('m@v.example')
    w.said(qid, 'm@v.example', r'relay=virtual, delay=\S+, delays=\S+, dsn=2\.0\.0, '
           r'status=sent \(delivered to maildir\)$')
    files = list(w.box('m/new').iterdir())
    check(len(files) == 1, files)
    st = files[0].stat()
    check((st.st_uid, st.st_gid, st.st_mode & 0o777) == (UID, UID, 0o600), st)
    check(w.box('m').stat().st_mode & 0o777 == 0o700, 'mode of the maildir')
    text = files[0].read_text()
    check(text.startswith('Return-Path: <ada@client.example>\nX-Original-To: m@v.example\n'
                          'Delivered-To: m@v.example\nReceived: '), text)
    check(text.endswith('\n\nFrom the start\n.dot\nend\n'), text)
    check(list(w.box('m/tmp').iterdir()) == [], 'something in tmp')
    check(w.box('m/cur').is_dir(), 'no cur')


def mbox(w):
    for i in range(3):
        w.said(w.send('b@v.example', subject=f'n{i}'), 'b@v.example',
               r'status=sent \(delivered to mailbox\)$')
    text = w.box('b').read_text()
    check(text.count('\nReturn-Path: <ada@client.example>\n') == 3, text)
    check(text.startswith('From ada@client.example  '), text)
    check(text.count('\n>From the start\n') == 3, text)
    check(text.count('\n\nFrom ada@client.example  ') == 2, text)
    check(text.endswith('end\n\n'), text)
    check(not w.box('b.lock').exists(), 'a lock was left')
    check(w.box('b').stat().st_uid == UID, 'owner')
    # A loop: it has been here.
    w.said(w.send('b@v.example', body='Delivered-To: b@v.example\nSubject: {s}\n\nx\n'), 'b@v.example',
           r'dsn=5\.4\.6, status=bounced \(mail forwarding loop for b@v\.example\)$')


def refusals(w):
    """Who is not delivered as, where is not written to."""
    (w.base / 'v.example/link').symlink_to(w.base / 'elsewhere')
    (w.base / 'elsewhere').mkdir(mode=0o777)
    (w.base / 'elsewhere').chmod(0o777)
    w.box('secret').write_text('s')
    os.chown(w.box('secret'), UID, UID)
    os.link(w.box('secret'), w.box('hard'))
    w.box('other').write_text('')
    w.box('other').chmod(0o666)
    w.box('full').write_text('f' * 19999)
    for name in 'full', :
        os.chown(w.box(name), UID, UID)
    before = set(w.base.rglob('*'))
    for who, what in (
            ('out', r'dsn=4\.\S+, status=deferred \(maildir delivery failed: create maildir'),
            ('link', r'dsn=4\.\S+, status=deferred \(maildir delivery failed: create maildir'),
            ('root', r'dsn=4\.3\.5, status=deferred \(mail system configuration error\)'),
            ('low', r'dsn=4\.3\.5, status=deferred \(mail system configuration error\)'),
            ('role', r'dsn=4\.3\.5, status=deferred \(mail system configuration error\)'),
            ('hard', r'dsn=4\.2\.0, status=deferred \(delivery failed to mailbox .*file has 2 hard links\)'),
            ('other', r'dsn=4\.2\.0, status=deferred \(delivery failed to mailbox .* is not owned by recipient\)'),
            ('full', r'dsn=5\.2\.2, status=bounced \(delivery failed to mailbox \S+: '
             r'error writing message: File too large\)$')):
        w.said(w.send(f'{who}@v.example'), f'{who}@v.example', what)
    check(set(w.base.rglob('*')) == before, set(w.base.rglob('*')) - before)
    check(w.box('full').read_text() == 'f' * 19999, 'not cut back')
    check(w.box('other').read_text() == '', 'written to')
    check(w.postern.log.has(r'warning: recipient root@v\.example: 0 in virtual_uid_maps is below'), 'no warning')
    check(w.postern.log.has(r'warning: recipient role@v\.example: no delivery as uid \d+: it is a user of the mail'),
          'no warning of a role')


def service_parameters(w):
    """-o of an agent's line counts for what warrant and mda do."""
    w.said(w.send('tiny@v.example'), 'tiny@v.example', r'status=bounced \(delivery failed to mailbox .*: File too large\)$')
    w.said(w.send('b@v.example'), 'b@v.example', r'status=sent \(delivered to mailbox\)$')
    check(w.box('tiny').read_text() == '', 'something is left')


def locked(w):
    w.box('b').touch()
    os.chown(w.box('b'), UID, UID)
    w.box('b.lock').touch()
    w.said(w.send('b@v.example'), 'b@v.example', r'dsn=4\.2\.0, status=deferred \(delivery failed to mailbox '
           r'.*unable to create lock file .*b\.lock: File exists\)$')
    check(w.box('b').read_text() == '', 'written all the same')
    os.utime(w.box('b.lock'), (time.time() - 1000,) * 2)    # a leftover
    w.said(w.send('b@v.example'), 'b@v.example', r'status=sent \(delivered to mailbox\)$')


def pipe(w):
    for who, what in (
            ('u+ext', r'dsn=2\.0\.0, status=sent \(delivered via script service\)$'),
            ('says', r'dsn=2\.0\.0, status=sent \(delivered via script service \(words\)\)$'),
            ('exit75', r'dsn=4\.3\.0, status=deferred \(temporary failure\. Command output: come back\)$'),
            ('exit1', r'dsn=5\.3\.0, status=bounced \(Command died with status 1: "\S+/script"\)$'),
            ('code', r'dsn=5\.9\.9, status=bounced \(because I say so\)$'),
            ('nouser', r'dsn=5\.1\.1, status=bounced \(user unknown\)$'),
            ('sig', r'dsn=4\.3\.0, status=deferred \(Command died with signal 9: "\S+/script"\)$')):
        w.said(w.send(f'{who}@p.example'), who.replace('+', r'\+') + '@p.example', 'relay=script, .*' + what)
    w.said(w.send('x@n.example'), 'x@n.example', r'dsn=4\.3\.0, status=deferred \(temporary failure\. '
           r'Command output: mda: fatal: execvp /usr/bin/no-such-program: No such file or directory\)$')
    w.said(w.send('x@s.example'), 'x@s.example', r'dsn=5\.3\.0, status=bounced \(Command time limit exceeded: '
           r'"/bin/sh"\)$')
    # With all processes of its group.
    for p in filter(str.isdigit, os.listdir('/proc')):
        with contextlib.suppress(OSError):
            check(b'31415' not in pathlib.Path(f'/proc/{p}/cmdline').read_bytes(), f'{p} is left')
    w.said(w.send('x@r.example'), 'x@r.example', r'dsn=4\.3\.5, status=deferred \(mail system configuration')
    out = (w.base / 'pipe.out').read_text()
    check('uid=65534(nobody) gid=65534(nogroup) groups=65534(nogroup)\n' in out, out)
    check('<ada@client.example><u+ext@p.example><u><ext><p.example><p.example><end>\n' in out, out)
    check('<ada@client.example><says@p.example><says><p.example><p.example><end>\n' in out, out)
    check('Seccomp:\t0' in out and 'NoNewPrivs:\t0' in out, out)
    for line in out.splitlines():
        check('socket:' not in line and 'queue' not in line, f'a descriptor of ours: {line}')


def pipe_room(w):
    """chroot=: what is in the room is all that there is."""
    room = w.base / 'room'
    files = {'/bin/sh', '/bin/cat'}
    for prog in list(files):
        out = subprocess.run(['ldd', prog], capture_output=True, text=True, check=True).stdout
        files |= set(re.findall(r'(/\S+) \(', out))
    for f in files:
        (room / f[1:]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(f, room / f[1:])
    (room / 'out').mkdir()
    (room / 'out').chmod(0o777)
    w.postern.run('postern', 'reload')      # master opens the directory
    wait_until(lambda: w.said_now(w.send('x@c.example'), 'x@c.example', r'status=sent'), 'the command')
    text = (room / 'out/seen').read_text()
    check(text.splitlines()[0].split() == [f'/{d}' for d in sorted(os.listdir(room))], text)
    check(text.endswith('\n.dot\nend\n'), text)
    w.said(w.send('x@d.example'), 'x@d.example', r'dsn=4\.3\.5, status=deferred \(mail system configuration error\)')


def pipe_flags(w):
    qid = w.send('U.X@F.example', sender='')
    w.said(qid, 'U.X@F.example', r'relay=flags, .*status=sent \(delivered via flags service\)$')
    text = (w.base / 'kept').read_bytes().decode()
    lines = text.splitlines(keepends=True)
    check(lines[0] == '<u.x@f.example><u.x@f.example><nil>\n', text)
    check(lines[1].strip() == str(w.base), text)
    check(lines[2].startswith('From MAILER-DAEMON  ') and lines[2].endswith('\r\n'), text)
    check(lines[3:6] == ['Return-Path: <>\r\n', 'X-Original-To: U.X@F.example\r\n',
                         'Delivered-To: u.x@f.example\r\n'], text)
    check(text.endswith('\r\n\r\n>From the start\r\n..dot\r\nend\r\n\r\n'), text)


def processes(w):
    """What /proc says while a command runs and while nothing does."""
    names = sorted(w.postern.processes().values())
    check('launcher' in names and 'mda' not in names, names)
    w.send('x@s.example')
    mda = wait_until(lambda: [p for p, n in w.postern.processes().items() if n == 'mda'], 'an mda')[0]
    status = pathlib.Path(f'/proc/{mda}/status').read_text()
    check('Uid:\t65534\t65534\t65534\t65534\n' in status, status)
    check('CapEff:\t0000000000000000\n' in status and 'CapPrm:\t0000000000000000\n' in status, status)
    wait_until(lambda: 'mda' not in w.postern.processes().values(), 'its end')


if __name__ == '__main__':
    with World().run() as world:
        globals()[sys.argv[1]](world)
