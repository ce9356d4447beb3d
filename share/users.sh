# SPDX-License-Identifier: ISC
# users.sh FILE - make the users and groups of a sysusers.d(5) file that are
# missing; what is there stays as it is.
set -eu
conf=$1

if command -v systemd-sysusers >/dev/null 2>&1; then
	exec systemd-sysusers "$conf"
fi
has() { getent "$1" "$2" >/dev/null; }
while read -r type name id _; do
	case $type in
	g)
		has group "$name" || groupadd --system "$name"
		;;
	u)
		group=${id#*:}
		test "$group" != "$id" || group=$name
		has group "$group" || groupadd --system "$group"
		has passwd "$name" || useradd --system --gid "$group" \
		    --home-dir / --no-create-home --shell /usr/sbin/nologin \
		    "$name"
		;;
	m)
		usermod --append --groups "$id" "$name"
		;;
	esac
done <"$conf"
