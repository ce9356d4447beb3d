# SPDX-License-Identifier: ISC
# privileged.sh OBJTOP - count our code in the privileged processes (I1).
#
# The sources are those that the programs' debugging information names. Lines
# without comments and blank ones; tables that are data (.def files, compiled
# policies) are no code. A line a file, then the sum.
set -eu
objtop=$1
srctop=$(cd "$(dirname "$0")/../.." && pwd)

for p in master warden launcher; do
	readelf --debug-dump=info --dwarf-depth=1 "$objtop/libexec/$p/$p" \
	    2>/dev/null | sed -n 's/^ *<[0-9a-f]*> *DW_AT_name .*: //p'
done | sed 's/ *$//' | sort -u | while read -r f; do
	case $f in
	"$srctop"/*)
		n=$(gcc -fpreprocessed -dD -E -P "$f" 2>/dev/null | grep -c .)
		echo "$n ${f#"$srctop"/}"
		;;
	esac
done | sort -n | awk '{ sum += $1; print } END { print sum, "in all" }'
