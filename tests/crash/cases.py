# SPDX-License-Identifier: ISC
"""cases.py NAME - one case; see crash_test.sh for what each is about."""
import ctypes
import errno
import os
import pathlib
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import nameserver
from instance import SRCTOP, Client, Instance, Sink, check, own_network, wait_until
from stream import BAD, LATER, SENDER, Receiver, Stream, message_of, rcpt_of

CLONE_NEWNS = 0x20000

FAST = """\
service_throttle_time = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 1s
queue_run_delay = 1s
transport_retry_time = 1s
resolver_timeout = 5s
smtpd_error_sleep_time = 0
"""
V4 = '127.0.0.2'
# By name of the program; "smtp" is also the relay service.
ROLES = ('smtpd', 'cleanup', 'qmgr', 'smtp', 'trivial-rewrite', 'dial', 'resolver', 'bounce',
         'anvil', 'postlogd')


def network():
    own_network()
    mx = nameserver.mx
    nameserver.ZONE.update({
        ('four.example', nameserver.MX): [mx(10, 'mx.four.example')],
        ('client.example', nameserver.MX): [mx(10, 'mx.four.example')],
        ('mx.four.example', nameserver.A): [bytes([127, 0, 0, 2])],
        ('1.0.0.127.in-addr.arpa', nameserver.PTR): [nameserver.name('localhost')],
    })
    nameserver.start()


def parent(pid):
    try:
        with open(f'/proc/{pid}/stat') as f:
            return int(f.read().rpartition(')')[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def pids(postern, role):
    return [p for p, name in postern.processes().items() if name == role]


def supervisors(postern, role):
    mine = pids(postern, role)
    return [p for p in mine if parent(p) not in mine]


def kill(victims):
    for pid in victims:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def ended(postern):
    wait_until(lambda: not postern.processes(), lambda: f'left over: {postern.processes()}')


def end(postern, stream):
    """After the stream: every message, an empty queue, no process."""
    stream.stop()
    stream.check(postern)
    postern.stop()
    ended(postern)
    left = postern.queue('incoming')
    if left:
        # What a cleanup that was killed had begun goes at the next start.
        postern.start()
        left = postern.queue('incoming')
        postern.stop()
        ended(postern)
    check(not left, f'left in incoming: {left}')


def kill_and_go_on(choose):
    network()
    sink = Receiver(V4)
    with Instance(FAST) as postern, Stream(sink) as stream:
        stream.wait_progress(5)
        for role in ROLES:
            victims = wait_until(lambda: choose(postern, role), f'a process of {role}')
            kill(victims)
            wait_until(lambda: not set(victims) & set(pids(postern, role)), f'{role} has ended')
            stream.wait_progress(5)
            wait_until(lambda: pids(postern, role), f'{role} runs again')
        end(postern, stream)
        if choose is pids:
            killed = postern.log.count(r'killed by signal 9')
            check(killed >= len(ROLES) - 1, f'{killed} lines about killed processes')


def killed_roles():
    kill_and_go_on(pids)


def killed_supervisors():
    kill_and_go_on(supervisors)


def killed_for_all(role):
    network()
    sink = Receiver(V4)
    with Instance(FAST) as postern, Stream(sink) as stream:
        for _ in range(3):
            stream.wait_progress(8)
            kill(pids(postern, role))
            ended(postern)
            postern.start()
        stream.wait_progress(5)
        end(postern, stream)


def killed_master():
    killed_for_all('master')


def killed_warden():
    killed_for_all('warden')


def killed_launcher():
    killed_for_all('launcher')


# Step of the queue file's life (queue-layout/fault.def), and the how many-th
# time it is fatal to a process. Those that are not here need no mail system.
STEPS = {
    'cleanup': ('file_made:3', 'file_named:3', 'envelope_done:3', 'content_part:2', 'body_done:1',
                'header_done:3', 'mode_set:3', 'file_synced:3', 'queue_told:3', 'file_answered:3'),
    'qmgr': ('move_start:7', 'move_done:7', 'agent_asked:5', 'rcpt_reported:5', 'rcpt_marked:5',
             'file_removing:5', 'file_removed:5'),
    'smtp': ('agent_sent:1',),
    'bounce': ('log_open:1', 'log_written:1', 'bounce_sent:1', 'log_removed:1'),
}


def reload_with(postern, text):
    """Another master.cf, at once: master reads it when it comes to it."""
    before = postern.log.count('reload -- version')
    new = postern.conf / 'master.cf.new'
    new.write_text(text)
    new.rename(postern.conf / 'master.cf')
    postern.run('postern', 'reload')
    wait_until(lambda: postern.log.count('reload -- version') > before, 'reload')


def arm(postern, role, step):
    """The services of that role die at the step; '' ends it."""
    text = (SRCTOP / 'etc/master.cf').read_text()
    if step:
        text, n = re.subn(rf'(?m)^(\S+\s+unix\s.*\s{role})$', rf'\1 -o fault_step={step}', text)
        check(n > 0, f'no service of {role}')
    reload_with(postern, text)


def dead(postern, pattern):
    return map(int, re.findall(pattern, postern.log.text()))


def steps(*roles):
    network()
    sink = Receiver(V4)
    with Instance(FAST) as postern, Stream(sink) as stream:
        for role in roles:
            # A confined role may not kill(2): its filter ends it just there.
            died = rf'/{role} pid (\d+) killed by its system call filter'
            for step in STEPS[role]:
                # One of the step before may die late.
                before = set(pids(postern, role)) | set(dead(postern, died))
                arm(postern, role, step)
                wait_until(lambda: set(dead(postern, died)) - before, f'{role} dies at {step}', 40)
                arm(postern, role, '')
                stream.wait_progress(5)
        end(postern, stream)


def steps_cleanup():
    steps('cleanup')


def steps_qmgr():
    steps('qmgr')


def steps_agents():
    steps('smtp', 'bounce')


def mailboxes():
    """main.cf for virtual mailboxes of uid 5000, and where they are."""
    base = pathlib.Path(tempfile.mkdtemp(prefix='postern-crash.'))
    base.chmod(0o755)
    (base / 'v').mkdir()
    os.chown(base / 'v', 5000, 5000)
    return base, FAST + f"""\
virtual_mailbox_domains = v.example
virtual_mailbox_base = {base}
virtual_mailbox_maps = inline:{{ {{ m@v.example = v/m/ }}, {{ b@v.example = v/b }} }}
virtual_uid_maps = static:5000
virtual_gid_maps = static:5000
"""


def steps_virtual():
    """It is in the mailbox, qmgr does not know: again, and never lost."""
    network()
    base, main = mailboxes()
    try:
        with Instance(main) as postern, Client() as client:
            arm(postern, 'virtual', 'agent_sent:1')

            def one_more():
                client.send('a@client.example', ['m@v.example', 'b@v.example'], 'Subject: s\n\nall of it\n')
                return postern.log.has(r'/virtual pid \d+ killed by its system call filter')

            wait_until(one_more, 'it dies')
            arm(postern, 'virtual', '')
            wait_until(lambda: not postern.queue('active') and not postern.queue('deferred'), 'delivered', 40)
            files = list((base / 'v/m/new').iterdir())
            check(len(files) >= 1 and all(f.read_text().endswith('\nall of it\n') for f in files), files)
            text = (base / 'v/b').read_text()
            check(text.count('From a@client.example ') == text.count('\nall of it\n\n') >= 1, text)
            check(list((base / 'v/m/tmp').iterdir()) == [], 'something in tmp')
    finally:
        shutil.rmtree(base)


def steps_local():
    """A list of a mailbox and somebody elsewhere: each has it, once at least."""
    network()
    sink, sent = Sink(V4), 0
    base, main = mailboxes()
    (base / 'box').touch()
    (base / 'box').chmod(0o666)
    main += f"""\
mydestination = here.example
alias_maps = inline:{{ {{ list = {base}/box, x@four.example }} }}
default_privs = nobody
"""
    os.chown(base / 'box', pwd.getpwnam('nobody').pw_uid, -1)
    try:
        with Instance(main) as postern, Client() as client:
            for step in 'agent_part:1', 'agent_sent:1':
                died = postern.log.count(r'/local pid \d+ killed by its system call filter')
                arm(postern, 'local', step)

                def one_more():
                    nonlocal sent
                    sent += 1
                    client.send('a@client.example', ['list@here.example'], 'Subject: s\n\nall of it\n')
                    return postern.log.count(r'/local pid \d+ killed by its system call filter') > died

                wait_until(one_more, f'it dies at {step}')
            arm(postern, 'local', '')
            wait_until(lambda: not postern.queue('active') and not postern.queue('deferred') and
                       not postern.queue('incoming'), 'delivered', 60)
            text = (base / 'box').read_text()
            check(text.count('From a@client.example ') == text.count('\nall of it\n\n') > 2, text)
            # Each message is on its way out once at least, each as a whole.
            wait_until(lambda: len(sink.messages) >= sent, f'{len(sink.messages)} of {sent}')
            check(all(m.text.endswith('\nall of it\n') for m in sink.messages), 'a part of a message')
            check(text.count('From a@client.example ') >= sent, f'{sent}: {text}')
    finally:
        shutil.rmtree(base)


def killed_mda():
    """It waits for a lock when it dies: nothing is written, mail waits."""
    network()
    base, main = mailboxes()
    box, lock = base / 'v/b', base / 'v/b.lock'
    for f in box, lock:
        f.touch()
        os.chown(f, 5000, 5000)
    try:
        with Instance(main) as postern, Client() as client:
            qid = client.send('a@client.example', ['b@v.example'], 'Subject: s\n\nall of it\n')
            for pid in wait_until(lambda: pids(postern, 'mda'), 'an mda'):
                os.kill(pid, signal.SIGKILL)
            postern.log.wait(rf'{qid}: .*dsn=4\.3\.0, status=deferred '
                             r'\(delivery process died unexpectedly\)$')
            check(box.read_text() == '', 'something was written')
            lock.unlink()
            postern.log.wait(rf'{qid}: .*status=sent \(delivered to mailbox\)$')
            check(box.read_text().count('\nall of it\n\n') == 1, box.read_text())
    finally:
        shutil.rmtree(base)


def removed_service():
    """Also one whose new process is still starting when it is removed."""
    network()
    text = (SRCTOP / 'etc/master.cf').read_text()
    gone = 'anvil', 'showq', 'discard'
    less, n = re.subn(rf'(?m)^({"|".join(gone)})\s.*\n', '', text)
    check(n == len(gone), less)
    with Instance(FAST) as postern:
        for _ in range(3):
            # Not reload_with: the second is to come in the midst of the first.
            postern.run('postern', 'reload')
            reload_with(postern, less)
            wait_until(lambda: not set(gone) & set(postern.processes().values()),
                       lambda: f'left over: {postern.processes()}')
            reload_with(postern, text)
            wait_until(lambda: set(gone) < set(postern.processes().values()), 'they are back')
        check(not postern.log.has('rendezvous: '), 'a rendezvous that has ended')
        postern.stop()
        ended(postern)


def own_disk(path, size):
    """A small file system of that size there, for this process alone."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) < 0:
        raise OSError(ctypes.get_errno(), 'unshare')
    subprocess.run(['mount', '--make-rprivate', '/'], check=True)
    path.mkdir(mode=0o755)
    subprocess.run(['mount', '-t', 'tmpfs', '-o', f'mode=755,size={size}', 'tmpfs', path], check=True)


class Filler:
    """Takes all room that there is on a file system, and gives it back."""

    def __init__(self, path):
        self.path = path

    def fill(self):
        with open(self.path, 'wb', buffering=0) as f:
            for block in 1 << 20, 4096, 1:
                try:
                    while f.write(bytes(block)) == block:
                        continue
                except OSError as e:
                    check(e.errno == errno.ENOSPC, e)

    def free(self):
        self.path.unlink()


def half_sent(stop):
    """A session that stops in the middle of a large message; the last reply."""
    with Client() as client:
        for line in 'EHLO client.example', f'MAIL FROM:<{SENDER}>', 'RCPT TO:<good.h1@four.example>':
            client.say(line)
        client.say('DATA', '354')
        lines = (b'x' * 70 + b'\r\n') * 10000
        client.sock.sendall(lines)
        stop()
        client.sock.sendall(lines + b'.\r\n')
        return client.reply()


def disk_full():
    network()
    sink = Receiver(V4)
    queue = pathlib.Path.cwd() / 'queue'
    own_disk(queue, '20m')
    filler = Filler(queue / 'saved/filler')
    with Instance(FAST + 'message_size_limit = 4000000\n') as postern:
        incoming = (queue / 'incoming').iterdir
        with Client() as client:
            for kind in LATER, LATER, BAD:
                token = f'{kind}-early{client.sock.fileno()}{kind}'
                client.send(SENDER, [rcpt_of(token)], message_of(token))
        filler.fill()
        # Before the data: the client is told before it has sent any.
        with Client() as client:
            client.say('EHLO client.example')
            client.sock.sendall(f'MAIL FROM:<{SENDER}>\r\n'.encode())
            reply = client.reply()
            if reply.startswith('2'):
                client.sock.sendall(b'RCPT TO:<good.f1@four.example>\r\n')
                reply = client.reply()
            check(reply.startswith('452 4.3.1'), reply)
        postern.log.wait(r'warning: not enough free space in mail queue: \d+ bytes < \d+$')
        filler.free()
        # In the middle of it.
        reply = half_sent(filler.fill)
        check(reply.startswith(('452 4.3.1', '451 4.3.0')), reply)
        wait_until(lambda: not list(incoming()), 'nothing is left half-written')
        check(postern.processes(), 'it still runs')
        filler.free()
        with Stream(sink, name='after', senders=2, limit=10) as stream:
            stream.wait_done()
            end(postern, stream)
        check('good-h1' not in sink.got, 'it was delivered though it was refused')


def flip(path, at):
    with open(path, 'r+b') as f:
        f.seek(at, os.SEEK_SET if at >= 0 else os.SEEK_END)
        byte = f.read(1)[0]
        f.seek(-1, os.SEEK_CUR)
        f.write(bytes([byte ^ 0x10]))


def in_content(path):
    return path.read_bytes().index(b'begin ') + 20


def damage(path, name):
    """What was done to the file, and what the log has to say of it."""
    if name == 'envelope':
        flip(path, path.read_bytes().index(SENDER.encode()) + 2)
    elif name == 'content':
        flip(path, in_content(path))
    elif name == 'header':
        flip(path, 12)
    elif name == 'tail':
        os.truncate(path, path.stat().st_size - 10)
    elif name == 'half':
        os.truncate(path, path.stat().st_size // 2)
    elif name == 'empty':
        os.truncate(path, 0)
    elif name == 'owner':
        os.chown(path, 0, 0)
    elif name == 'mode':
        path.chmod(0o644)
    elif name == 'longer':
        with open(path, 'ab') as f:
            f.write(b'more')
    elif name == 'foreign':
        path.rename(path.with_name('not-an-id'))
        return 'not-an-id'
    return path.name


DAMAGE = ('envelope', 'content', 'header', 'tail', 'half', 'empty', 'owner', 'mode', 'longer',
          'foreign')


def damaged_files():
    network()
    sink = Receiver(V4)
    sink.answers['CONNECT'] = '421 4.3.2 not today'
    with Instance(FAST) as postern:
        tokens = [f'good-{where}{kind}' for where in ('incoming', 'deferred')
                  for kind in DAMAGE + ('fine',)]
        ids = {}
        with Client() as client:
            for token in tokens:
                ids[token] = client.send(SENDER, [rcpt_of(token)], message_of(token))
        wait_until(lambda: len(postern.queue('deferred')) == len(tokens),
                   lambda: f'deferred: {len(postern.queue("deferred"))} of {len(tokens)}')
        postern.stop()
        ended(postern)
        want = []
        for token in tokens:
            # In deferred, or in active if it was just its turn.
            path = next(p for d in ('deferred', 'active', 'incoming')
                        for p in (postern.dir / 'queue' / d).rglob(ids[token]))
            where = 'incoming' if token.startswith('good-incoming') else 'deferred'
            path = path.rename(postern.dir / 'queue' / where / path.name)
            kind = token.removeprefix('good-incoming').removeprefix('good-deferred')
            if kind != 'fine':
                want.append((kind, damage(path, kind)))
        sink.answers.clear()
        postern.start()
        for kind, name in want:
            wait_until(lambda: any(f.startswith(name) for f in postern.queue('corrupt')),
                       lambda: f'{kind} {name} in corrupt: {postern.queue("corrupt")}')
            postern.log.wait(rf'warning: .*\b{name}\b')
        wait_until(lambda: len(sink.got) >= 2, lambda: f'the good ones arrive: {sink.got}')
        check(set(sink.got) == {'good-incomingfine', 'good-deferredfine'}, sink.got)
        check(not sink.wrong, sink.wrong)
        wait_until(lambda: not postern.queue('active') + postern.queue('deferred') +
                   postern.queue('incoming'), 'nothing else is left')
        check(len(postern.queue('corrupt')) == len(want), postern.queue('corrupt'))


if __name__ == '__main__':
    start = time.monotonic()
    {f.__name__: f for f in (
        killed_roles, killed_supervisors, killed_master, killed_warden, killed_launcher,
        killed_mda, steps_cleanup, steps_qmgr, steps_virtual, steps_local, steps_agents, removed_service,
        disk_full, damaged_files)}[sys.argv[1]]()
    print(f'{time.monotonic() - start:.1f} s')
