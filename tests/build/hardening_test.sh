# SPDX-License-Identifier: ISC
# hardening_test - each program under libexec/ and sbin/ is hardened.

# weak FILE: one line for each protection that it lacks.
weak()
{
	readelf -WhldnsV "$1" >elf 2>/dev/null || echo "not ELF"
	lacks 'Type: +DYN ' "not position independent"
	lacks '\(FLAGS_1\).*PIE' "not linked with -pie"
	lacks 'GNU_RELRO' "no RELRO"
	lacks '\((FLAGS|BIND_NOW)\).*BIND_NOW|\(FLAGS_1\).*NOW' \
	    "no immediate binding"
	lacks 'GNU_STACK .* RW +0x' "executable stack"
	# UND: of the C library; FUNC, where that is in the program itself.
	lacks '(UND|FUNC .*) __stack_chk_fail' "no stack protector"
	lacks '(UND|FUNC .*) __[a-z_]+_chk(@| |$)' "no fortified function"
	lacks 'x86 feature:.*SHSTK' "no SHSTK"
	! grep -Eq '\(TEXTREL\)|\(FLAGS\).*TEXTREL' elf ||
	    echo "text relocations"
	! grep -Eq 'LOAD .* RWE ' elf || echo "writable code"
	! grep -Eq '\((RPATH|RUNPATH)\)' elf || echo "a run path"
}

# unmarked FILE...: the objects that are not compiled for CET. (Of a program
# the linker says so only if the start files of the C library are, too.)
unmarked()
{
	for o; do
		readelf -Wn "$o" | grep -q 'x86 feature: IBT, SHSTK' ||
		    echo "$o"
	done
}

lacks()
{
	grep -Eq "$1" elf || echo "$2"
}

# The programs that the Makefiles in libexec/ and sbin/ name.
programs()
{
	for m in "$SRCTOP"/libexec/*/Makefile "$SRCTOP"/sbin/*/Makefile; do
		[ -f "$m" ] || continue
		d=${m%/Makefile}
		prog=$(sed -n 's/^PROG=[[:space:]]*//p' "$m")
		[ -z "$prog" ] || echo "$OBJTOP/${d#"$SRCTOP/"}/$prog"
	done
}

atf_test_case programs_are_hardened
programs_are_hardened_head()
{
	atf_set require.progs readelf
}
programs_are_hardened_body()
{
	for p in $(programs); do
		[ -f "$p" ] || atf_fail "$p: not built"
		weak "$p" >found
		[ ! -s found ] || sed "s,^,$p: ," found >>all
		echo "$p"
	done
	[ ! -s all ] || { cat all >&2; atf_fail "see above"; }
}

atf_test_case objects_are_for_cet
objects_are_for_cet_head()
{
	atf_set require.progs readelf
}
objects_are_for_cet_body()
{
	find "$OBJTOP" -path "$OBJTOP/tests" -prune -o -name '*.o' -print >o
	[ -s o ] || atf_fail "no objects in $OBJTOP"
	# shellcheck disable=SC2046 # names without blanks
	unmarked $(cat o) >found
	[ ! -s found ] || { cat found >&2; atf_fail "see above"; }
}

# The test itself: each protection that is left out is noticed.
atf_test_case weak_is_noticed
weak_is_noticed_head()
{
	atf_set require.progs "readelf gcc"
}
weak_is_noticed_body()
{
	cat >x.c <<'END'
#include <stdio.h>
#include <string.h>
int main(int argc, char **argv) {
	char b[10];
	memset(b, 0, (size_t)argc);
	strncpy(b, argv[0], sizeof(b) - 1);
	return (snprintf(b, (size_t)argc, "%s", argv[0]) + b[argc]);
}
END
	good="-O2 -fPIE -pie -fstack-protector-strong -fcf-protection
	    -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
	    -Wl,-z,relro,-z,now,-z,noexecstack"
	while read -r flags want; do
		# shellcheck disable=SC2046,SC2086 # flags, separated by commas
		gcc $good $(echo "$flags" | tr , ' ' | sed 's/;/,/g') \
		    -o x x.c || atf_fail "$flags: does not compile"
		weak x >found
		if [ -z "$want" ]; then
			[ ! -s found ] || { cat found; atf_fail "$flags"; }
		else
			grep -qx "$want" found ||
			    { cat found; atf_fail "$flags: $want"; }
		fi
	done <<'END'
-Wl;-z;shstk
-g no SHSTK
-no-pie,-fno-pie not position independent
-no-pie,-fno-pie not linked with -pie
-Wl;-z;norelro no RELRO
-Wl;-z;lazy no immediate binding
-Wl;-z;execstack executable stack
-fno-stack-protector no stack protector
-D_FORTIFY_SOURCE=0 no fortified function
-Wl;-rpath;/tmp a run path
END
	gcc -fcf-protection -c x.c || atf_fail "does not compile"
	[ -z "$(unmarked x.o)" ] || atf_fail "marked, not seen"
	gcc -fcf-protection=none -c x.c || atf_fail "does not compile"
	[ "$(unmarked x.o)" = x.o ] || atf_fail "unmarked, not noticed"
}

atf_init_test_cases()
{
	atf_add_test_case programs_are_hardened
	atf_add_test_case objects_are_for_cet
	atf_add_test_case weak_is_noticed
}
