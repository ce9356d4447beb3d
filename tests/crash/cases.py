# SPDX-License-Identifier: ISC
"""cases.py NAME - one case; see crash_test.sh for what each is about."""
import os
import signal
import sys
import time

import nameserver
from instance import Instance, check, own_network, wait_until
from stream import Receiver, Stream

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


if __name__ == '__main__':
    start = time.monotonic()
    {f.__name__: f for f in (
        killed_roles, killed_supervisors, killed_master, killed_warden)}[sys.argv[1]]()
    print(f'{time.monotonic() - start:.1f} s')
