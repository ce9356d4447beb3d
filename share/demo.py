# SPDX-License-Identifier: ISC
"""What the demonstration needs around Postern.

  demo.py ports               two free TCP ports on 127.0.0.1
  demo.py receive PORT FILE   an SMTP server for one message, kept in FILE
  demo.py send PORT           say a message to PORT, showing the dialogue
"""
import os
import socket
import sys
import time

MESSAGE = """\
From: Ada <ada@example.org>
To: Charles <charles@example.net>
Subject: One message through the whole fortress

It came in through smtpd, which can open nothing,
was written by cleanup, which knows no other message,
scheduled by qmgr, which has no network,
and left through smtp, which was handed a connection.
.
"""


def ports():
    socks = [socket.socket() for _ in range(2)]
    for s in socks:
        s.bind(('127.0.0.1', 0))
    print(*(s.getsockname()[1] for s in socks))


def receive(port, path):
    with socket.create_server(('127.0.0.1', port)) as server:
        server.settimeout(60)
        conn, _ = server.accept()
    f = conn.makefile(newline='')    # commands come in groups: not for writing

    def say(line):
        conn.sendall(line.encode() + b'\r\n')

    say('220 receiver.example.net ESMTP')
    while line := f.readline():
        verb = line.split()[0].upper() if line.split() else ''
        if verb == 'EHLO':
            say('250-receiver.example.net')
            say('250-PIPELINING')
            say('250 8BITMIME')
        elif verb == 'DATA':
            say('354 go ahead')
            with open(path + '.tmp', 'w') as out:
                while (line := f.readline().rstrip('\r\n')) != '.':
                    out.write(line.removeprefix('.') + '\n')
            say('250 2.0.0 got it')
            os.rename(path + '.tmp', path)
        elif verb == 'QUIT':
            say('221 2.0.0 bye')
            return
        else:
            say('250 2.0.0 ok')


def send(port):
    conn = socket.create_connection(('127.0.0.1', port), 30)
    f = conn.makefile('rw', newline='')

    def reply():
        while True:
            line = f.readline().rstrip('\r\n')
            print('  S:', line)
            if line[3:4] != '-':
                if line[:1] not in '23':
                    sys.exit(f'unexpected reply: {line}')
                return

    reply()
    for command in ('EHLO client.example.org',
                    'MAIL FROM:<ada@example.org>',
                    'RCPT TO:<charles@example.net>',
                    'DATA', MESSAGE, 'QUIT'):
        print('  C:', command if command != MESSAGE else '(the message)')
        f.write(command.rstrip('\n').replace('\n', '\r\n') + '\r\n')
        f.flush()
        reply()


def wait(path):
    deadline = time.monotonic() + 60
    while not os.path.exists(path):
        if time.monotonic() > deadline:
            sys.exit(f'{path} did not appear')
        time.sleep(0.02)


if __name__ == '__main__':
    what, *args = sys.argv[1:]
    {'ports': ports,
     'receive': lambda p, f: receive(int(p), f),
     'send': lambda p: send(int(p)),
     'wait': wait}[what](*args)
