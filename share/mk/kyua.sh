# SPDX-License-Identifier: ISC
# kyua.sh OBJTOP JOBS [PROGRAM[:CASE] ...] - run the tests of one object tree.
#
# The environment is not passed on: it would change results, and Kyua stores
# it with them. The last line is "N passed, N failed"; exit 1 if one failed.
set -u

objtop=$1
jobs=$2
shift 2
srctop=$(cd "$(dirname "$0")/../.." && pwd)
results=$objtop/results.db

run_kyua() {
	env -i HOME=/ \
	    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
	    ASAN_OPTIONS=allocator_may_return_null=1:detect_stack_use_after_return=1 \
	    UBSAN_OPTIONS=print_stacktrace=1 \
	    LSAN_OPTIONS="suppressions=$srctop/share/lsan.supp:print_suppressions=0" \
	    kyua -c none -v parallelism="$jobs" \
	    -v unprivileged_user=nobody "$@"
}

# "Test cases: 9 total, 1 skipped, 0 expected failures, 2 broken, 1 failed"
summary() {
	run_kyua report -r "$results" --results-filter=skipped,broken,failed \
	    --verbose 2>/dev/null | sed -n '/^Test cases: /s/[^0-9 ]//gp'
}

rm -f "$results"
run_kyua test -k "$objtop/tests/Kyuafile" -r "$results" "$@"
rc=$?
# Anything but 0 (all well) and 1 (some failed): Kyua itself could not.
# shellcheck disable=SC2046 # five numbers
set -- $(summary)
if [ $rc -gt 1 ] || [ $# -ne 5 ]; then
	echo "0 passed, 1 failed (kyua ended with status $rc)" >&2
	echo "0 passed, 1 failed"
	exit 1
fi
failed=$(($4 + $5))
if [ $failed -gt 0 ]; then
	run_kyua report -r "$results" --results-filter=broken,failed --verbose |
	    awk '/^===> / { on = /:/ } /^Metadata:/ { meta = 1 }
		on && !meta; /^$/ { meta = 0 }'
fi
if [ "$2" -gt 0 ]; then
	echo "$2 skipped:"
	run_kyua report -r "$results" --results-filter=skipped |
	    sed -n 's/^\([^ ].*:.*\)  ->  /    \1: /p'
fi
echo "$(($1 - $2 - $3 - failed)) passed, $failed failed"
[ $failed -eq 0 ]
