# SPDX-License-Identifier: ISC
"""drop.py NAME - postdrop and pickup die at each step of a file in maildrop."""
import re
import sys

from cases import FAST, arm, dead
from instance import Sink, check, wait_until
from submit import RCPT, V4, Local, network, own_etc

PICKUP = ('drop_open', 'drop_part', 'drop_sent', 'drop_taken', 'drop_removed')
# Before the mode is set there is nothing that anybody would deliver.
POSTDROP = {'drop_made': 0, 'drop_written': 0, 'drop_mode_set': 1, 'drop_synced': 1}


def into_maildrop(postern, sender):
    """As while the system is stopped."""
    (postern.dir / 'queue/public/pickup').rename(postern.dir / 'away')
    postern.send('-f', sender, RCPT)
    (postern.dir / 'away').rename(postern.dir / 'queue/public/pickup')


def pickup():
    """A file is there until cleanup has it; then it may be delivered twice."""
    network()
    own_etc()
    sink = Sink(V4)
    sent = []
    with Local(FAST) as postern:
        died = r'/pickup pid (\d+) killed by its system call filter'
        for step in PICKUP:
            before = set(dead(postern, died))
            arm(postern, 'pickup', step)

            def kicked():
                # A process of before may take one, and live.
                if not postern.queue('maildrop'):
                    sent.append(f'{step}{len(sent)}@client.example')
                    into_maildrop(postern, sent[-1])
                postern.run('postkick', 'public', 'pickup', 'W')
                return set(dead(postern, died)) - before

            wait_until(kicked, f'pickup dies at {step}', 40)
            arm(postern, 'pickup', '')
            wait_until(lambda: postern.run('postkick', 'public', 'pickup', 'W') and
                       postern.queue('maildrop') == [], f'{step}: an empty maildrop')
        wait_until(lambda: {m.sender for m in sink.messages} == set(sent), 'all messages')
        wait_until(lambda: not postern.queue('incoming') + postern.queue('active'), 'empty queue')
        for sender in sent:
            got = [m for m in sink.messages if m.sender == sender]
            # Once more for each process that died between the two.
            again = sender.startswith(('drop_taken', 'drop_sent'))
            check(len(got) == 1 or again, f'{sender}: {len(got)} times')
            check(all(m.text.endswith('\n\nbody\n') for m in got), f'{sender}: half a message')


def postdrop():
    """Whoever was not told 0 may have sent nothing; who was, has."""
    network()
    own_etc()
    sink = Sink(V4)
    with Local(start=False) as postern:
        postern.run('postern', 'set-permissions')
        main_cf = (postern.conf / 'main.cf').read_text()
        for step in POSTDROP:
            (postern.conf / 'main.cf').write_text(main_cf + f'fault_step = {step}\n')
            r = postern.send('-f', f'{step}@client.example', RCPT, status=70)
            check('postdrop did not take the message' in r.out, r.out)
        (postern.conf / 'main.cf').write_text(main_cf)
        postern.send('-f', 'last@client.example', RCPT)
        want = sorted([f'{s}@client.example' for s, n in POSTDROP.items() if n] +
                      ['last@client.example'])
        postern.start()
        sink.wait(len(want))
        wait_until(lambda: postern.queue('maildrop') == [], 'an empty maildrop')
        check(sorted(m.sender for m in sink.messages) == want, sink.messages)
        check(not re.search('warning: [0-9A-F]+: uid=', postern.log.text()), 'a bad file')


if __name__ == '__main__':
    {f.__name__: f for f in (pickup, postdrop)}[sys.argv[1]]()
