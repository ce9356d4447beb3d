# SPDX-License-Identifier: ISC
# defaults_test - every parameter of Postfix 3.12 is there, with the default
# that is documented (defaults.txt) but for what intended.txt lists.
#
# $name is a parameter here, and "all" is no file that is written.
# shellcheck disable=SC2016,SC2094

postconf="$OBJTOP/sbin/postconf/postconf"

atf_test_case all
all_body() {
	src=$(atf_get_srcdir)
	MAIL_CONFIG=/nonexistent $postconf -C builtin -d >ours ||
	    atf_fail "postconf -d"
	grep -v '^#' "$src/intended.txt" | sort >intended
	sort "$src/defaults.txt" >theirs
	test "$(wc -l <theirs)" = 907 || atf_fail "data is cut"
	sort ours | comm -13 - theirs | sed 's/ =.*//' >differ
	sed 's/ .*//' intended | sort | diff - differ ||
	    atf_fail "left: differs by intention, right: does"
	# The value that is intended, where one is named.
	grep ' = \| =$' intended | sort >named
	sort ours | comm -13 - named >wrong
	test ! -s wrong || atf_fail "$(cat wrong)"
}

atf_test_case counts
counts_body() {
	MAIL_CONFIG=/nonexistent $postconf -C service -d >service
	atf_check -o match:'^112$' grep -c . service
	for n in error lmtp local relay retry smtp virtual; do
		atf_check -o match:'^16$' grep -c "^${n}_" service
	done
	atf_check -o ignore grep '^local_destination_concurrency_limit = 2$' \
	    service
	atf_check -o ignore grep '^local_destination_recipient_limit = 1$' \
	    service
	atf_check -o ignore grep \
	    '^smtp_initial_destination_concurrency = $initial_destination' \
	    service
}

# All defaults have a value that their own check accepts.
atf_test_case valid
valid_body() {
	MAIL_CONFIG=/nonexistent $postconf -dx >expanded ||
	    atf_fail "postconf -dx"
	# Two that are expanded when they are used.
	sed '/^default_rbl_reply = /d; /^forward_path = /d' expanded >rest
	atf_check -s exit:1 grep '[$][a-z{(]' rest
}

atf_init_test_cases() {
	atf_add_test_case all
	atf_add_test_case counts
	atf_add_test_case valid
}
