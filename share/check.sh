# SPDX-License-Identifier: ISC
# check.sh - the whole check, from a fresh clone on Debian 12: install what is
# missing, build with gcc, clang and sanitizers, run all tests, lint.
#
#	sh share/check.sh
#
# The last line is the sum, "N passed, N failed"; each build and lint counts
# as one. Exit 1 if anything failed. JOBS=2 is the default.
set -u
cd "$(dirname "$0")/.." || exit 1
export JOBS="${JOBS:-2}"
passed=0
failed=0
times=
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT

# begin LABEL, end: how long a step takes
begin() {
	label=$1
	began=$(date +%s)
	echo "==> $label"
}

end() {
	times="$times$(printf '%6d s  %s' $(($(date +%s) - began)) "$label")
"
}

# step LABEL COMMAND...: one thing that passes or fails as a whole
step() {
	begin "$1"
	shift
	if "$@"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		label="$label: FAILED"
		echo "==> $label"
	fi
	end
}

# tests LABEL COMMAND...: as many as its last "N passed, N failed" says
tests() {
	begin "$1"
	shift
	"$@" 2>&1 | tee "$log"
	# shellcheck disable=SC2046 # two numbers
	set -- $(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' \
	    "$log" | tail -n 1)
	passed=$((passed + ${1:-0}))
	failed=$((failed + ${2:-1}))
	end
}

make() { bmake -f BSDmakefile "$@"; }

sh share/apt.sh build test || exit 1
as_root=
[ "$(id -u)" -eq 0 ] || as_root=sudo
step "users of the roles" $as_root sh share/users.sh \
    "$PWD/etc/sysusers.d/postern.conf"
step "build, gcc" make
step "build, fault" make fault
tests "tests" make check
step "build, clang" make MODE=clang
step "build, sanitizers" make MODE=asan
tests "tests with sanitizers" make MODE=asan check
step "lint" make lint
step "demonstration" $as_root sh share/demo.sh

printf '==> took\n%s' "$times"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
