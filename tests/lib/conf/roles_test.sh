# SPDX-License-Identifier: ISC
# roles_test - a daemon reads no parameter whose row does not name it: such a
# member would be zero.
#
# "rows" is a function and then a file; nothing is read and written at once.
# shellcheck disable=SC2016,SC2094

# The rows as "name roles", with all roles as R_ALL.
rows() {
	printf '%s\n' '#define POSTERN_FAULT 1' '#define PARAM_AS(t, m, n, d, lo, hi, c, roles, doc) \
	    @ m roles' '#include "param.def"' |
	    gcc -E -P -x c -DPOSTERN_FAULT -I"$SRCTOP/lib/conf" - |
	    grep -o '@ [a-z0-9_A-Z]* \(R_ALL\|R_COMMANDS\|R([a-z_]*)\( | R([a-z_]*)\)*\)'
}

# check DIR ROLE ROWS: every cf->NAME in DIR must be declared.
check() {
	grep -ho 'cf->[A-Za-z0-9_]*' "$1"/*.c 2>/dev/null | sort -u |
	    sed 's/^cf->//' | while read -r name; do
		grep -Eq "^@ $name (R_ALL|.*R\\($2\\))" "$3" ||
		    echo "$1: cf->$name: not declared for $2"
	done
}

atf_test_case declared
declared_head() {
	atf_set "require.progs" "gcc"
}
declared_body() {
	rows >rows
	test "$(wc -l <rows)" -gt 900 || atf_fail "rows are not read"
	for dir in "$SRCTOP"/libexec/*/; do
		role=$(basename "$dir" | tr - _)
		# conf_role_mask() has them as one.
		test "$role" != lmtp || role=smtp
		check "${dir%/}" "$role" rows
	done >bad
	test ! -s bad || { cat bad >&2; atf_fail "see above"; }
}

# The check itself finds what it looks for.
atf_test_case finds
finds_head() {
	atf_set "require.progs" "gcc"
}
finds_body() {
	rows >rows
	mkdir d
	echo 'x = cf->smtpd_banner + cf->qmgr_fudge_factor + cf->mail_name;' \
	    >d/a.c
	check d smtpd rows >bad
	atf_check -o inline:'d: cf->qmgr_fudge_factor: not declared for smtpd\n' \
	    cat bad
}

atf_init_test_cases() {
	atf_add_test_case declared
	atf_add_test_case finds
}
