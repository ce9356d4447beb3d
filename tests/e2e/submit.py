# SPDX-License-Identifier: ISC
"""submit.py NAME - one case of local submission; see submit_test.sh."""
import atexit
import ctypes
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import time

import nameserver
from instance import Client, Instance, Sink, check, own_network, wait_until

CLONE_NEWNS, MS_BIND, MS_REC, MS_PRIVATE = 0x20000, 0x1000, 0x4000, 0x40000
V4 = '127.0.0.2'
NOBODY = 65534
RCPT = 'charles@four.example'
TEXT = 'Subject: from here\n\nbody\n'


def network():
    own_network()
    mx = nameserver.mx
    nameserver.ZONE.update({
        ('four.example', nameserver.MX): [mx(10, 'mx.four.example')],
        ('mx.four.example', nameserver.A): [bytes([127, 0, 0, 2])],
    })
    nameserver.start()


def own_etc():
    """/etc/postern names our directory: what a set-gid program goes by."""
    libc = ctypes.CDLL(None, use_errno=True)
    here = pathlib.Path.cwd()
    etc = here / 'etc'
    etc.mkdir()
    (etc / 'main.cf').write_text(f'alternate_config_directories = {here}/conf\n')
    made = not os.path.exists('/etc/postern')
    if made:
        os.mkdir('/etc/postern')
    check(libc.unshare(CLONE_NEWNS) == 0, 'unshare')
    check(libc.mount(None, b'/', None, MS_REC | MS_PRIVATE, None) == 0, 'mount')
    check(libc.mount(bytes(etc), b'/etc/postern', None, MS_BIND, None) == 0, 'mount')

    def leave():
        libc.umount2(b'/etc/postern', 0)
        if made:
            os.rmdir('/etc/postern')

    atexit.register(leave)


def reachable():
    """An ordinary user gets to the test's directory."""
    for d in pathlib.Path.cwd(), *pathlib.Path.cwd().parents:
        if d.stat().st_mode & 0o111 != 0o111:
            d.chmod(d.stat().st_mode & 0o7777 | 0o111)


class Local(Instance):
    def __init__(self, *args, setgid=True, **kw):
        reachable()
        super().__init__(*args, **kw)
        self.setgid(setgid)
        mailq = self.dir / 'prefix/sbin/mailq'
        if not mailq.exists():
            mailq.symlink_to('sendmail')

    def setgid(self, on):
        path = self.dir / 'prefix/sbin/postdrop'
        shutil.chown(path, 'root', 'postdrop')
        path.chmod(0o2755 if on else 0o755)

    def user(self, command, *args, stdin='', status=0, uid=NOBODY, env=None):
        """A command as an ordinary user; .out is all that it said."""
        options = {} if uid == 0 else {'user': uid, 'group': uid, 'extra_groups': []}
        r = subprocess.run([self.dir / 'prefix/sbin' / command, *args], input=stdin.encode(),
                           capture_output=True, timeout=90, cwd='/',
                           env={'MAIL_CONFIG': str(self.conf), **(env or {})}, **options)
        r.stdout, r.stderr = r.stdout.decode(), r.stderr.decode()
        r.out = r.stdout + r.stderr
        check(r.returncode == status, f'{command} {args}: {r.returncode}, want {status}: {r.out}')
        return r

    def send(self, *args, text=TEXT, **kw):
        return self.user('sendmail', *args, stdin=text, **kw)


def socket_way():
    """Over the socket, without any set-id bit."""
    network()
    sink = Sink(V4)
    with Local('myorigin = postern.example\nsetgid_submission = no\n', setgid=False) as postern:
        postern.send('-F', 'No Body', RCPT, text='Subject: x\n\nline\n.\nnot this\n')
        got = sink.wait()
        check(got.sender == 'nobody@postern.example', got.sender)
        check(got.rcpts == [RCPT], got.rcpts)
        head, _, body = got.text.partition('\n\n')
        check(body == 'line\n', repr(body))
        check(re.search(r'^Received: by mx\.postern\.example \(Postern, from userid 65534\)\n'
                        r'\tid \w+; \w{3}, ', head, re.M), head)
        check(re.search(r'^From: "?No Body"? <nobody@postern\.example>$', head, re.M), head)
        check('\nDate: ' in head and '\nMessage-Id: ' in head, head)
        m = postern.log.wait(r'postfix/pickup\[\d+\]: (\w+): uid=65534 from=<nobody>$')
        postern.log.wait(rf'postfix/qmgr\[\d+\]: {m.group(1)}: removed$')
        check(postern.queue('maildrop') == [], 'maildrop')
        # CRLF line ends, a From_ line, -t with Bcc, -i, -f
        postern.send('-t', '-i', '-f', 'ada@client.example', text=(
            'From nobody Tue Nov 24\nTo: a@four.example,\n "b" <b@four.example>\r\n'
            'Bcc: c@four.example\r\nCc: G: d@four.example;\r\n\r\nline\r\n.\r\nlast'))
        got = sink.wait(2)
        check(got.sender == 'ada@client.example', got.sender)
        check(sorted(got.rcpts) == [f'{c}@four.example' for c in 'abcd'], got.rcpts)
        head, _, body = got.text.partition('\n\n')
        check(body == 'line\n.\nlast\n' and 'cc: c@' not in head.lower(), got.text)
        check(re.search('^Cc: G: d@four.example;$', head, re.M), head)
        # a header that begins with a blank is no part of ours
        postern.send(RCPT, text=' evil\n\nx\n')
        got = sink.wait(3)
        check(re.search(r'\d+ \(\S+\)\n(?! )', got.text), got.text)
        # too big, no recipients
        (postern.conf / 'main.cf').open('a').write('message_size_limit = 20000\n')
        postern.run('postern', 'reload')
        r = postern.send(RCPT, text='x' * 30000, status=69)
        check('message file too big' in r.out, r.out)
        check(postern.send(status=64, text='').out.startswith('sendmail: fatal: nobody(65534): '
              'Recipient addresses must'), 'no recipients')
        postern.stop()
        r = postern.send(RCPT, status=75)
        check('mail system is down' in r.out, r.out)


def no_set_id():
    """setgid_submission = no: set-permissions leaves no set-id bit."""
    network()
    with Local(start=False) as postern:
        bits = lambda: [f for f in (postern.dir / 'prefix').rglob('*')
                        if not f.is_symlink() and f.stat().st_mode & 0o6000]
        postern.run('postern', 'set-permissions')
        check([f.name for f in bits()] == ['postdrop'], bits())
        (postern.conf / 'main.cf').open('a').write('setgid_submission = no\n')
        postern.run('postern', 'set-permissions')
        check(bits() == [], bits())


def stopped():
    """Mail waits in maildrop until the mail system is started."""
    network()
    own_etc()
    sink = Sink(V4)
    with Local('myorigin = postern.example\n', start=False) as postern:
        postern.run('postern', 'set-permissions')
        postern.send('-f', 'a@client.example', RCPT)
        names = postern.queue('maildrop')
        check(len(names) == 1, names)
        st = (postern.dir / 'queue/maildrop' / names[0]).stat()
        check(st.st_uid == NOBODY and st.st_mode & 0o7777 == 0o744, oct(st.st_mode))
        postern.start()
        got = sink.wait()
        check(got.sender == 'a@client.example' and 'from userid 65534' in got.text, got.text)
        wait_until(lambda: postern.queue('maildrop') == [], 'maildrop is empty')
        # postdrop tells pickup at once.
        shutil.move(postern.dir / 'queue/public/pickup', postern.dir / 'away')
        postern.send(RCPT)
        check(len(postern.queue('maildrop')) == 1, 'not in maildrop')
        shutil.move(postern.dir / 'away', postern.dir / 'queue/public/pickup')
        postern.send(RCPT)          # by the socket
        sink.wait(2)
        postdrop(postern)
        sink.wait(4)
        wait_until(lambda: postern.queue('maildrop') == [], 'maildrop is empty')


def record(letter, body):
    return letter + len(body).to_bytes(4, 'little') + body


def text(s):
    return len(s).to_bytes(4, 'little') + s + b'\0'


def number(n):
    return n.to_bytes(4, 'little')


HEAD = b'POSTERND\1\0\0\0'
OPEN = record(b'O', number(0) * 2 + text(b'nobody@client.example') + text(b'') * 3 + number(0))
TO = record(b'R', text(RCPT.encode()) + number(0))
DATA = record(b'D', number(12) + b'Subject: x\n\n')
END = record(b'E', b'')


def drop():
    return HEAD + OPEN + TO + DATA + END


def postdrop(postern):
    """A message by that way alone; it has pickup look into maildrop."""
    subprocess.run([postern.dir / 'prefix/sbin/postdrop'], input=drop(), check=True,
                   env={'MAIL_CONFIG': str(postern.conf)}, user=NOBODY, group=NOBODY,
                   extra_groups=[])


FROM = record(b'Q', text(b'ABCDE1234') + number(0) + number(0) + text(b'local'))
AGAIN = record(b'r', text(b'a@four.example') + text(b'') * 2 + number(0))


def hostile():
    """Files in maildrop/ that are no messages: removed, with the uid."""
    network()
    own_etc()
    sink = Sink(V4)
    bad = {
        'of another version': b'POSTERND\2\0\0\0' + OPEN + TO + DATA + END,
        'no submitted message': b'x' * 100,
        'cut short': drop()[:-1],
        'cut short ': b'',
        'something follows': drop() + b'x',
        'out of order': HEAD + OPEN + DATA + TO + END,
        'out of order ': HEAD + OPEN + OPEN + END,
        'too long': HEAD + b'O' + b'\xff' * 4,
        'NUL inside': HEAD + record(b'O', number(0) * 2 + text(b'a\0b') + text(b'') * 3 +
                                    number(0)) + TO + END,
        'line break': HEAD + OPEN + record(b'R', text(b'a\nb@x') + number(0)) + END,
        'out of range': HEAD + OPEN + record(b'R', text(b'a@x') + number(99)) + END,
        'bytes left over': HEAD + OPEN + TO + record(b'E', b'x'),
        'no recipients': HEAD + OPEN + DATA + END,
        # what postsuper -r writes, but not as the mail system
        ' out of order': HEAD + FROM + OPEN + AGAIN + DATA + END,
        ' out of order ': HEAD + OPEN + AGAIN + DATA + END,
    }
    with Local(start=False) as postern:
        postern.run('postern', 'set-permissions')
        maildrop = postern.dir / 'queue/maildrop'

        def put(n, data, mode=0o744, uid=NOBODY, age=0):
            tmp = maildrop / 'tmp'
            tmp.write_bytes(data)
            os.chown(tmp, uid, 106)
            tmp.chmod(mode)
            if age:
                os.utime(tmp, (time.time() - age,) * 2)
            name = f'{n:05X}{tmp.stat().st_ino:X}'
            return tmp.rename(maildrop / name).name

        names = {put(n, data): why for n, (why, data) in enumerate(bad.items())}
        link = maildrop / '00066AAAA'
        link.symlink_to('/etc/passwd')
        good = put(102, drop())
        postern.start()
        sink.wait()
        for name, why in names.items():
            postern.log.wait(rf'warning: {name}: uid=65534: .*{why.strip()}.*: removed$')
        # A start has removed what is unfinished; so does a scan, a day later.
        young = put(100, b'', 0o600)
        old = put(101, b'', 0o600, age=2 * 24 * 3600)
        postdrop(postern)
        sink.wait(2)
        postern.log.wait(rf'warning: maildrop/{old}: uid=65534: unfinished or foreign file removed$')
        wait_until(lambda: good not in postern.queue('maildrop'), 'the good one is gone')
        left = {f.name for f in maildrop.iterdir()}
        check(left == {young, link.name}, left)
        check(len(sink.messages) == 2, 'messages')
        check(not postern.log.has('killed by signal'), 'a process was killed')


def access():
    """Who may submit, under which sender, list and flush."""
    network()
    sink = Sink(V4)
    with Local('setgid_submission = no\n') as postern:
        def configure(text):
            postern.configure('setgid_submission = no\n' + text)
            postern.stop()
            postern.start()

        postern.user('mailq')
        postern.user('postqueue', '-f')
        configure('authorized_submit_users = !nobody, static:all\n'
                  'authorized_mailq_users = root\nauthorized_flush_users = root\n')
        r = postern.send(RCPT, status=77)
        check('User nobody(65534) is not allowed to submit mail' in r.out, r.out)
        r = postern.user('sendmail', '-bp', status=77)
        check('not allowed to view the mail queue' in r.out, r.out)
        r = postern.user('postqueue', '-f', status=77)
        check('not allowed to flush the mail queue' in r.out, r.out)
        r = postern.user('postqueue', '-i', 'ABCDE1234', status=77)
        postern.send(RCPT, uid=0)
        sink.wait()
        configure('local_login_sender_maps = inline:{{nobody = @ok.example, a@b.example}}\n')
        for sender, status in (('x@ok.example', 0), ('a@b.example', 0), ('b@b.example', 77),
                               ('x@not.ok.example', 77), ('', 77)):
            r = postern.send('-f', sender, RCPT, status=status)
            if status:
                check('not owned by user nobody' in r.out, r.out)
        sink.wait(3)


def as_nobody(act):
    """Whether act(socket) works for an ordinary user."""
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
                s.settimeout(20)
                act(s)
            os._exit(0)
        except Exception as e:
            print(e, flush=True)
            os._exit(1)
    return os.waitpid(pid, 0)[1] == 0


def public_sockets():
    """An ordinary user gets to no other socket than those two."""
    network()
    with Local('setgid_submission = no\n') as postern:
        may = {'pickup', 'showq'}
        found = set()
        for f in (postern.dir / 'queue/public').iterdir():
            reached = as_nobody(lambda s: s.connect(str(f)))
            check(reached == (f.name in may), f'{f.name}: {reached}')
            found.add(f.name)
        check({'cleanup', 'qmgr', 'pickup', 'showq'} <= found, found)
        # What is said there is checked: verbs of others end the channel.
        def wrong(s):
            s.connect(str(postern.dir / 'queue/public/pickup'))
            s.send(b'\0\0\0\0\0\0')
            check(s.recv(100) == b'', 'it was answered')

        check(as_nobody(wrong), 'a verb of cleanup was taken')
        postern.log.wait(r'channel with user\(\d+\) closed: mail_open: not granted')


def crowd():
    """One user keeps as many processes as he can: others are served."""
    network()
    sink = Sink(V4)
    with Local('setgid_submission = no\ndefault_process_limit = 20\n') as postern:
        held, release = os.pipe(), os.pipe()
        pid = os.fork()
        if pid == 0:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            socks = []
            for name in ('pickup', 'showq') * 60:
                s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                s.settimeout(5)
                try:
                    s.connect(str(postern.dir / 'queue/public' / name))
                except OSError:
                    continue
                socks.append(s)
                time.sleep(0.005)
            os.write(held[1], b'x')
            os.read(release[0], 1)
            os._exit(0)
        os.read(held[0], 1)
        for service in 'pickup', 'showq':
            postern.log.wait(rf'{service}\[\d+\]: warning: uid=65534: refused: holds 10 processes')
        postern.user('mailq', uid=1)
        postern.send('-f', 'a@client.example', RCPT, uid=1)
        check(sink.wait().rcpts == [RCPT], 'wrong mail')
        r = postern.user('mailq', status=69)
        check('Queue report unavailable' in r.out, r.out)
        os.write(release[1], b'x')
        os.waitpid(pid, 0)
        wait_until(lambda: subprocess.run(
            [postern.dir / 'prefix/sbin/mailq'], env={'MAIL_CONFIG': str(postern.conf)}, cwd='/',
            user=NOBODY, group=NOBODY, extra_groups=[], capture_output=True).returncode == 0,
            'served again when he has let go')


def refused():
    """Refused at once over the socket; by a notice after it has waited."""
    network()
    own_etc()
    sink = Sink(V4)
    with Local('header_checks = regexp:{dir}/checks\n'.replace('{dir}', str(pathlib.Path.cwd())),
               start=False) as postern:
        (postern.dir / 'checks').write_text('/^Subject: bad/ REJECT no such words\n')
        postern.run('postern', 'set-permissions')
        postern.send('-f', 'ada@four.example', RCPT, text='Subject: bad\nX: y\n\nx\n')
        postern.start()
        got = sink.wait()
        check(got.sender == '' and got.rcpts == ['ada@four.example'], got.rcpts)
        check(re.search(r'^Content-Type: multipart/report; report-type=delivery-status;', got.text, re.M),
              got.text)
        for line in (rf'Final-Recipient: rfc822; {RCPT}', 'Action: failed', r'Status: 5\.7\.1',
                     'Diagnostic-Code: X-Postfix; no such words', 'Subject: bad', 'X: y'):
            check(re.search(f'^{line}$', got.text, re.M), f'{line}: {got.text}')
        m = postern.log.wait(rf'cleanup\[\d+\]: (\w+): to=<{RCPT}>, relay=none, delay=\S+, delays=\S+, '
                             r'dsn=5\.7\.1, status=bounced \(no such words\)$')
        postern.log.wait(rf'bounce\[\d+\]: {m.group(1)}: sender non-delivery notification: \w+$')
        check(all(postern.queue(d) == [] for d in ('maildrop', 'bounce', 'incoming')), 'left over')
        r = postern.send(RCPT, text='Subject: bad\n\nx\n', status=69)
        check('no such words' in r.out, r.out)
        check(len(sink.messages) == 1, 'one notice')


def smtp_stdin():
    """sendmail -bs."""
    network()
    sink = Sink(V4)
    with Local('setgid_submission = no\n') as postern:
        r = postern.user('sendmail', '-bs', stdin=(
            'EHLO x\r\nRCPT TO:<a@b>\r\nMAIL FROM:<ada@client.example>\r\n'
            f'RCPT TO:<{RCPT}>\r\nRCPT TO:<>\r\nDATA\r\nSubject: bs\r\n\r\n..dot\r\n.\r\nNOPE\r\n'
            'QUIT\r\n'))
        codes = [line[:3] for line in r.stdout.split('\r\n')[:-1] if line[3:4] == ' ']
        check(codes == ['220', '250', '503', '250', '250', '501', '354', '250', '502', '221'],
              r.stdout)
        check(re.search(r'250 2\.0\.0 Ok: queued as \w+', r.stdout), r.stdout)
        got = sink.wait()
        check(got.sender == 'ada@client.example' and got.text.endswith('\n\n.dot\n'), got.text)


def clients():
    """s-nail and mutt, as an ordinary user runs them."""
    network()
    sink = Sink(V4)
    with Local('setgid_submission = no\nmyorigin = postern.example\n') as postern:
        sendmail = postern.dir / 'prefix/sbin/sendmail'
        home = postern.dir / 'home'
        home.mkdir()
        shutil.chown(home, NOBODY, NOBODY)
        env = {'MAIL_CONFIG': str(postern.conf), 'HOME': str(home), 'TMPDIR': str(home),
               'PATH': os.environ['PATH']}
        n = 0
        for argv in (['s-nail', '-n', '-S', f'mta={sendmail}', '-s', 'hello', RCPT],
                     ['mutt', '-n', '-F', '/dev/null', '-e', f'set sendmail="{sendmail} -oem -oi"',
                      '-e', 'set copy=no', '-s', 'hello', '--', RCPT]):
            if not shutil.which(argv[0]):
                continue
            r = subprocess.run(argv, input='body of it\n', text=True, env=env, user=NOBODY,
                               group=NOBODY, extra_groups=[], capture_output=True, timeout=60,
                               cwd='/')
            check(r.returncode == 0, f'{argv}: {r.stdout}{r.stderr}')
            n += 1
            got = sink.wait(n)
            check(re.search('^Subject: hello$', got.text, re.M) and 'body of it' in got.text,
                  got.text)
        check(n > 0, 'no client is installed')


if __name__ == '__main__':
    {f.__name__: f for f in (socket_way, no_set_id, stopped, hostile, access, public_sockets,
                             refused, smtp_stdin, clients, crowd)}[sys.argv[1]]()
