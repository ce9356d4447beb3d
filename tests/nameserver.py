#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A name server for tests: answers by script, rightly and wrongly.

    nameserver.py SIGNED-ZONE

Listens on port 53 of 127.0.0.1 and ::1, UDP and TCP, and writes "ready" when
it does. Or, imported: change ZONE, then start()."""
import random
import socket
import struct
import sys
import threading

A, NS, CNAME, SOA, PTR, MX, TXT, AAAA = 1, 2, 5, 6, 12, 15, 16, 28
SRV, OPT, RRSIG, NSEC, DNSKEY, TLSA = 33, 41, 46, 47, 48, 52
NOERROR, SERVFAIL, NXDOMAIN = 0, 2, 3
CD = 0x10


def name(text):
    labels = [p for p in text.rstrip('.').split('.') if p]
    return b''.join(bytes([len(p)]) + p.encode() for p in labels) + b'\0'


def a(n):
    return bytes([192, 0, 2, n])


def mx(pref, host):
    return struct.pack('!H', pref) + name(host)


V6 = socket.inet_pton(socket.AF_INET6, '2001:db8::1')
ZONE = {
    ('host.example', A): [a(1), a(2)],
    ('host.example', AAAA): [V6],
    ('mail.example', MX): [mx(10, 'mx1.example'), mx(20, 'mx2.example')],
    ('null.example', MX): [mx(0, '.')],
    ('text.example', TXT): [b'\6hello \5world'],
    ('_25._tcp.host.example', TLSA): [bytes([3, 1, 1]) + bytes(range(32))],
    ('_smtp._tcp.host.example', SRV): [struct.pack('!HHH', 1, 2, 25) + name('host.example')],
    ('host.example', NS): [name('ns.example')],
    ('host.example', SOA): [name('ns.example') + name('root.example') + bytes(20)],
    ('alias.example', CNAME): [name('alias2.example')],
    ('alias2.example', CNAME): [name('host.example')],
    ('loop1.example', CNAME): [name('loop2.example')],
    ('loop2.example', CNAME): [name('loop1.example')],
    ('1.2.0.192.in-addr.arpa', PTR): [name('host.example')],
    ('1.0.0.10.in-addr.arpa', PTR): [name('private.example')],
    ('1.' + '0.' * 23 + '8.b.d.0.1.0.0.2.ip6.arpa', PTR): [name('six.example')],
    ('big.example', A): [a(n) for n in range(1, 61)],
    ('many.example', A): [bytes([10, 0, n // 250, n % 250 + 1]) for n in range(150)],
    ('odd.example', MX): [mx(10, 'has space.example'), mx(20, 'good.example')],
    ('allodd.example', MX): [mx(10, 'has space.example')],
    ('xn--bcher-kva.example', A): [a(9)],
    ('odd.test', A): [a(10)],
}
SIGNED = {}
asked = {}
lock = threading.Lock()


def load(path):
    for line in open(path):
        word = line.split()
        if line[0] != '#' and len(word) == 4:
            key = (word[0].rstrip('.'), int(word[1]))
            SIGNED.setdefault(key, []).append((int(word[2]), bytes.fromhex(word[3])))


def rr(owner, kind, data, ttl=300):
    return name(owner) + struct.pack('!HHIH', kind, 1, ttl, len(data)) + data


def covers(sig, kind):
    return struct.unpack('!H', sig[1][:2])[0] == kind


def signed(qname, kind):
    """Records with their signatures; one name's are not what was signed."""
    rrs = SIGNED.get((qname, kind), [])
    sigs = [s for s in SIGNED.get((qname, RRSIG), []) if covers(s, kind)]
    if not rrs:
        soa = ('signed.example', SOA)
        nsec = SIGNED.get((qname, NSEC), [])
        return [], (signed(*soa)[0] + [rr(qname, NSEC, d, t) for t, d in nsec] +
                    [rr(qname, RRSIG, d, t) for t, d in SIGNED.get((qname, RRSIG), [])
                     if covers((t, d), NSEC)])
    if 'forged' in qname:
        rrs = [(t, d[:-1] + bytes([d[-1] ^ 1])) for t, d in rrs]
    return [rr(qname, kind, d, t) for t, d in rrs] + [rr(qname, RRSIG, d, t) for t, d in sigs], []


def lookup(qname, kind):
    """rcode, answer, authority."""
    soa = rr('example', SOA, name('ns.example') + name('root.example') +
             struct.pack('!IIIII', 1, 60, 60, 60, 60))
    if qname.endswith('signed.example'):
        return (NOERROR,) + signed(qname, kind)
    if qname == 'count.example':
        return NOERROR, [rr(qname, A, a(asked[qname]))], []
    if qname == 'servfail.example':
        return SERVFAIL, [], []
    answer, at = [], qname
    for _ in range(10):
        if (at, kind) in ZONE:
            return NOERROR, answer + [rr(at, kind, d) for d in ZONE[at, kind]], []
        if (at, CNAME) not in ZONE:
            break
        target = ZONE[at, CNAME][0]
        answer.append(rr(at, CNAME, target))
        at = qname_of(target, 0)[0]
    if any(n == at for n, _ in ZONE):
        return NOERROR, answer, [soa]
    return NXDOMAIN, answer, [soa]


def qname_of(packet, at):
    labels = []
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode('latin-1').lower())
        at += 1 + packet[at]
    return '.'.join(labels), at + 1


def misdeed(qname, packet, answer):
    """What some servers send instead, or None for nothing at all."""
    if qname == 'silent.example':
        return None
    if qname == 'garbage.example':
        return random.Random(1).randbytes(200)
    if qname == 'noise.example':
        return answer[:12] + random.Random(2).randbytes(300)
    if qname == 'short.example':
        return answer[:len(answer) // 2]
    if qname == 'wrongid.example':
        return bytes([answer[0] ^ 0xff]) + answer[1:]
    return answer


def respond(packet, tcp):
    qname, at = qname_of(packet, 12)
    kind = struct.unpack('!H', packet[at:at + 2])[0]
    with lock:
        asked[qname] = asked.get(qname, 0) + 1
        rcode, answer, authority = lookup(qname, kind)
    # A server that validates: who checks disabled gets what it thinks forged.
    if qname.startswith('guarded.') and not packet[3] & CD:
        rcode, answer, authority = SERVFAIL, [], []
    flags = 0x8180 | rcode
    body = b''.join(answer) + b''.join(authority)
    counts = (1, len(answer), len(authority), 0)
    if not tcp and len(body) > 1100:
        flags, body, counts = flags | 0x0200, b'', (1, 0, 0, 0)
    head = packet[:2] + struct.pack('!HHHHH', flags, *counts)
    return misdeed(qname, packet, head + packet[12:at + 4] + body)


def udp(sock):
    while True:
        packet, peer = sock.recvfrom(4096)
        answer = respond(packet, False)
        if answer is not None:
            sock.sendto(answer, peer)


def exactly(conn, n):
    data = b''
    while len(data) < n:
        more = conn.recv(n - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def tcp_client(conn):
    try:
        while True:
            n = struct.unpack('!H', exactly(conn, 2))[0]
            answer = respond(exactly(conn, n), True)
            if answer is not None:
                conn.sendall(struct.pack('!H', len(answer)) + answer)
    except (EOFError, OSError):
        conn.close()


def tcp(sock):
    while True:
        conn = sock.accept()[0]
        threading.Thread(target=tcp_client, args=(conn,), daemon=True).start()


def start():
    for family, addr in (socket.AF_INET, '127.0.0.1'), (socket.AF_INET6, '::1'):
        for kind, serve in (socket.SOCK_DGRAM, udp), (socket.SOCK_STREAM, tcp):
            sock = socket.socket(family, kind)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((addr, 53))
            if kind == socket.SOCK_STREAM:
                sock.listen(16)
            threading.Thread(target=serve, args=(sock,), daemon=True).start()


if __name__ == '__main__':
    load(sys.argv[1])
    start()
    print('ready', flush=True)
    sys.stdin.read()
