# SPDX-License-Identifier: ISC
# demo.sh - build Postern and show it: one message through a confined
# instance of its own. Debian 12, as root. Nothing of the host is touched but
# packages and the users of the roles; everything else is under a temporary
# directory, which goes in the end.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
say() { printf '\n== %s\n' "$*"; }

test "$(id -u)" = 0 || { echo "to be run by root" >&2; exit 1; }
sh "$top/share/apt.sh" build demo

dir=$(mktemp -d /tmp/postern-demo.XXXXXX)
chmod 755 "$dir"
receiver=
end()
{
	test ! -x "$dir/prefix/sbin/postern" ||
	    "$dir/prefix/sbin/postern" -c "$dir/conf" abort 2>/dev/null || :
	test -z "$receiver" || kill "$receiver" 2>/dev/null || :
	rm -rf "$dir"
}
trap end EXIT
trap 'exit 1' INT TERM

say "Building, and installing under $dir/prefix"
cd "$top"
bmake -f BSDmakefile install PREFIX="$dir/prefix" SYSCONFDIR="$dir/etc" \
    >"$dir/build.log" 2>&1 || { tail -n 40 "$dir/build.log"; exit 1; }

# shellcheck disable=SC2046
set -- $(python3 share/demo.py ports)
in=$1 out=$2
mkdir "$dir/conf"
cat >"$dir/conf/main.cf" <<EOF
compatibility_level = 3.11
myhostname = postern.example.org
queue_directory = $dir/queue
data_directory = $dir/data
maillog_file = $dir/maillog
maillog_file_prefixes = /tmp
inet_interfaces = 127.0.0.1
mynetworks = 127.0.0.0/8
relayhost = [127.0.0.1]:$out
alias_maps =
alias_database =
EOF
sed "s/^smtp  *inet/127.0.0.1:$in inet/" "$dir/prefix/share/postern/master.cf" \
    >"$dir/conf/master.cf"

say "Starting the mail system on 127.0.0.1 port $in"
python3 share/demo.py receive "$out" "$dir/received" &
receiver=$!
"$dir/prefix/sbin/postern" -c "$dir/conf" start 2>&1

say "A message goes in over SMTP"
python3 share/demo.py send "$in"

say "and is relayed to the receiving server on port $out"
python3 share/demo.py wait "$dir/received"
wait "$receiver" || :
receiver=
sed 's/^/  /' "$dir/received"

say "The log"
sed 's/^/  /' "$dir/maillog" | grep -v 'not part of this version' || :

say "What the kernel says of each process"
"$dir/prefix/sbin/postern" -c "$dir/conf" processes

say "Stopping"
"$dir/prefix/sbin/postern" -c "$dir/conf" stop 2>&1

cat <<EOF

To go on:
  bmake -f BSDmakefile install PREFIX=/opt/postern
  /opt/postern/sbin/postfix -c DIR start     any configuration directory
  sh share/check.sh                          build everything, run all tests
  README, SECURITY.md                        what works, what is promised
EOF
