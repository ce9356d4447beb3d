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
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT

# step LABEL COMMAND...: one thing that passes or fails as a whole
step() {
	label=$1
	shift
	echo "==> $label"
	if "$@"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "==> $label: FAILED"
	fi
}

# tests LABEL COMMAND...: as many as its last "N passed, N failed" says
tests() {
	echo "==> $1"
	shift
	"$@" 2>&1 | tee "$log"
	# shellcheck disable=SC2046 # two numbers
	set -- $(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' \
	    "$log" | tail -n 1)
	passed=$((passed + ${1:-0}))
	failed=$((failed + ${2:-1}))
}

make() { bmake -f BSDmakefile "$@"; }

sh share/apt.sh build test || exit 1
step "build, gcc" make
step "build, clang" make MODE=clang
step "build, sanitizers" make MODE=asan
tests "tests" make check
tests "tests with sanitizers" make MODE=asan check
step "lint" make lint

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
