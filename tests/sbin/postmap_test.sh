# SPDX-License-Identifier: ISC
# postmap_test - what the commands make, say, and leave alone.

POSTMAP=$OBJTOP/sbin/postmap/postmap
POSTALIAS=$OBJTOP/sbin/postalias/postalias

conf() {
	echo 'smtputf8_enable = yes' >main.cf
	export MAIL_CONFIG="$PWD"
	printf '%s\n' '# comment' 'Key1 value one' 'key2	value' \
	    '  continued' '' 'key3 x y' >tab
}

atf_test_case create
create_body() {
	conf
	atf_check "$POSTMAP" cdb:tab
	atf_check -o inline:'value one\n' "$POSTMAP" -q key1 cdb:tab
	atf_check -o inline:'value  continued\n' "$POSTMAP" -q KEY2 cdb:tab
	atf_check -s exit:1 "$POSTMAP" -q nokey cdb:tab
	# without a type it is default_database_type
	atf_check -o inline:'x y\n' "$POSTMAP" -q key3 tab
	atf_check -o inline:'x y\n' "$POSTMAP" -q key3 hash:tab
	atf_check -o inline:'key1\tvalue one\nkey3\tx y\n' \
	    "$POSTMAP" -q - cdb:tab <<-EOF
	key1
	nokey
	key3
	EOF
	echo nokey >keys
	atf_check -s exit:1 "$POSTMAP" -q - cdb:tab <keys
	atf_check -o inline:'key1\tvalue one\nkey2\tvalue  continued\nkey3\tx y\n' \
	    -x "$POSTMAP -s cdb:tab | sort"
	# nothing is left over beside the index
	atf_check -o inline:'tab\ntab.cdb\n' -x 'ls -d tab*'
}

atf_test_case messages
messages_body() {
	conf
	printf 'a 1\na 2\n' >dup
	atf_check -e inline:'postmap: warning: dup: duplicate entry: "a"\n' \
	    "$POSTMAP" cdb:dup
	atf_check -o inline:'1\n' "$POSTMAP" -q a cdb:dup
	atf_check "$POSTMAP" -w cdb:dup
	atf_check "$POSTMAP" -r cdb:dup
	atf_check -o inline:'2\n' "$POSTMAP" -q a cdb:dup
	echo lonely >noval
	atf_check -e match:'noval, line 1: expected format: key whitespace value' \
	    "$POSTMAP" cdb:noval
	atf_check -s exit:1 -e match:'fatal: open nofile: No such file' \
	    "$POSTMAP" cdb:nofile
	atf_check -s exit:1 \
	    -e match:'fatal: open database nofile.cdb: No such file' \
	    "$POSTMAP" -q a cdb:nofile
	atf_check -s exit:1 \
	    -e match:'unsupported dictionary type: nosuch' \
	    "$POSTMAP" nosuch:tab
	atf_check -s exit:1 \
	    -e match:'unsupported dictionary type: texthash does not' \
	    "$POSTMAP" texthash:tab
	atf_check -s exit:1 -e match:'table fail:x: query error' \
	    "$POSTMAP" -q a fail:x
	atf_check -s exit:1 -e match:'sequence operation is not supported' \
	    "$POSTMAP" -s static:x
	atf_check -s exit:1 -e match:'specify only one of -s -q or -d' \
	    "$POSTMAP" -s -q a tab
	atf_check -s exit:1 -e match:'usage: postmap' "$POSTMAP"
	atf_check -s exit:1 -e match:'/nonexistent/main.cf' \
	    "$POSTMAP" -c /nonexistent -q a static:x
	echo garbage >dup.cdb
	atf_check -s exit:1 -e match:'fatal: unable to init dup.cdb' \
	    "$POSTMAP" -q a cdb:dup
}

atf_test_case change
change_body() {
	conf
	printf 'a 1\nb 2\n' >upd
	chmod 600 upd
	atf_check "$POSTMAP" hash:upd
	atf_check -o inline:'600\n' stat -c %a upd.cdb
	echo 'C 3' >in
	atf_check "$POSTMAP" -i hash:upd <in
	atf_check "$POSTMAP" -d A hash:upd
	atf_check -o inline:'b\t2\nc\t3\n' "$POSTMAP" -s hash:upd
	atf_check -o inline:'600\n' stat -c %a upd.cdb
	atf_check -s exit:1 "$POSTMAP" -d nokey hash:upd
	echo 'b 9' >in
	atf_check -e match:'duplicate entry: "b"' "$POSTMAP" -i hash:upd <in
	atf_check -o inline:'2\n' "$POSTMAP" -q b hash:upd
	atf_check "$POSTMAP" -ir hash:upd <in
	atf_check -o inline:'9\n' "$POSTMAP" -q b hash:upd
	printf 'b\nnokey\n' >keys
	atf_check "$POSTMAP" -d - hash:upd <keys
	atf_check -o inline:'c\t3\n' "$POSTMAP" -s hash:upd
	# -i makes an index where there is none
	atf_check "$POSTMAP" -i cdb:new <in
	atf_check -o inline:'b\t9\n' "$POSTMAP" -s cdb:new
	atf_check -s exit:1 -e match:'requires O_RDONLY' \
	    "$POSTMAP" -d a texthash:tab
	atf_check -s exit:1 -e match:'nothere.cdb: No such file' \
	    "$POSTMAP" -d a cdb:nothere
	atf_check "$POSTMAP" -p hash:upd
	atf_check -o inline:'644\n' stat -c %a upd.cdb
}

atf_test_case concurrent
concurrent_head() {
	atf_set timeout 60
}
concurrent_body() {
	conf
	: >many
	"$POSTMAP" cdb:many
	for i in 1 2 3 4 5 6 7 8 9 10; do
		echo "k$i $i" | "$POSTMAP" -i cdb:many &
	done
	wait
	atf_check -o inline:'10\n' -x "$POSTMAP -s cdb:many | wc -l"
}

atf_test_case nul_and_case
nul_and_case_body() {
	conf
	printf 'KeY v\n' >f
	atf_check "$POSTMAP" -N cdb:f
	atf_check -o inline:'v\n' "$POSTMAP" -q key cdb:f
	atf_check -o inline:'v\n' "$POSTMAP" -N -q key cdb:f
	atf_check -s exit:1 "$POSTMAP" -n -q key cdb:f
	atf_check "$POSTMAP" -f cdb:f
	atf_check -s exit:1 "$POSTMAP" -q KeY cdb:f
	atf_check -o inline:'v\n' "$POSTMAP" -f -q KeY cdb:f
	atf_check -s exit:1 "$POSTMAP" -N -f -q KeY cdb:f
	# UTF-8: folded, or refused; not looked at with -u
	printf '\303\204B v1\nb\377 v2\n' >u
	atf_check -e match:'u, line 2: non-UTF-8 input' "$POSTMAP" cdb:u
	atf_check -o inline:'v1\n' \
	    "$POSTMAP" -q "$(printf '\303\244b')" cdb:u
	atf_check "$POSTMAP" -u cdb:u
	atf_check -o inline:'v2\n' "$POSTMAP" -u -q "$(printf 'b\377')" cdb:u
	atf_check -s exit:1 -e match:'non-UTF-8 key' \
	    "$POSTMAP" -q "$(printf 'b\377')" cdb:u
	echo 'smtputf8_enable = no' >main.cf
	atf_check -o inline:'v2\n' "$POSTMAP" -q "$(printf 'b\377')" cdb:u
	atf_check -s exit:1 -e match:'non-UTF-8 key' \
	    "$POSTMAP" -U -q "$(printf 'b\377')" cdb:u
}

atf_test_case output
output_body() {
	conf
	atf_check -o inline:'{"a": "say \\"x\\""}\n' \
	    "$POSTMAP" -jq a 'inline:{ {a = say "x"} }'
	atf_check -o inline:'{"a": "1"}\n{"b": "2"}\n' \
	    "$POSTMAP" -js 'inline:{a=1,b=2}'
	printf 'From: a@b\nSubject: hello\n world\n\nbody1\n\nbody2\n' >msg
	# shellcheck disable=SC2016
	printf '/^Subject: (.*)/ S $1\n/body/ B\n/^From/ F\n' >rx
	atf_check -o inline:'From: a@b\tF\nSubject: hello\n world\tS hello\n world\n' \
	    "$POSTMAP" -h -q - regexp:rx <msg
	atf_check -o inline:'body1\tB\nbody2\tB\n' \
	    "$POSTMAP" -b -q - regexp:rx <msg
	printf 'pem one\n' >p1
	printf 'pem two\n' >p2
	printf 'sni p1, p2\nbad nofile\n' >sni
	atf_check -e match:'sni, line 2: open nofile: No such file' \
	    "$POSTMAP" -F cdb:sni
	atf_check -o inline:'cGVtIG9uZQpwZW0gdHdvCg==\n' \
	    "$POSTMAP" -q sni cdb:sni
	atf_check -o inline:'pem one\npem two\n\n' \
	    "$POSTMAP" -F -q sni cdb:sni
}

atf_test_case stale
stale_body() {
	conf
	atf_check "$POSTMAP" cdb:tab
	touch -d '+5 seconds' tab
	atf_check -o inline:'x y\n' \
	    -e match:'database tab.cdb is older than source file tab' \
	    "$POSTMAP" -q key3 cdb:tab
}

atf_test_case owner
owner_head() {
	atf_set require.user root
}
owner_body() {
	conf
	mkdir theirs
	cp tab theirs/
	chown -R nobody theirs
	chmod 755 . theirs
	atf_check "$POSTMAP" cdb:theirs/tab
	atf_check -o inline:'nobody\n' stat -c %U theirs/tab.cdb
	atf_check "$POSTMAP" -o cdb:theirs/tab
	atf_check -o inline:'root\n' stat -c %U theirs/tab.cdb
	# the rights of the owner are not enough in root's directory
	chown nobody tab
	chown root .
	atf_check -s exit:1 -e match:'Permission denied' "$POSTMAP" cdb:tab
	# and root's own files can still be made in the same run
	cp tab mine
	chown root mine
	atf_check "$POSTMAP" cdb:theirs/tab cdb:mine
	atf_check -o inline:'root\n' stat -c %U mine.cdb
}

atf_test_case aliases
aliases_body() {
	conf
	printf '%s\n' 'Name: a, b,' ' c d' '"Quoted Name": x' 'noval:' \
	    'nocolon foo' 'space : y' ': empty' 'a@b:c' 'back\ slash: z' \
	    'inc: :include:/etc/list' 'pipe: "|cmd, arg"' 'name: dup' >al
	cat >want <<-EOF
	postalias: warning: al, line 4: need name:value pair
	postalias: warning: al, line 5: need name:value pair
	postalias: warning: al, line 7: need name:value pair
	postalias: warning: al, line 8: name must be local
	postalias: warning: al: duplicate entry: "name"
	EOF
	atf_check -e file:want "$POSTALIAS" cdb:al
	atf_check -o inline:'a, b, c d\n' "$POSTALIAS" -q NAME cdb:al
	atf_check -o inline:'x\n' "$POSTALIAS" -q '"quoted name"' cdb:al
	atf_check -o inline:'z\n' "$POSTALIAS" -q '"back slash"' cdb:al
	atf_check -o inline:'y\n' "$POSTALIAS" -q space cdb:al
	atf_check -o inline:':include:/etc/list\n' "$POSTALIAS" -q inc al
	atf_check -o inline:'"|cmd, arg"\n' "$POSTALIAS" -q pipe cdb:al
	atf_check -o inline:'@\n' "$POSTALIAS" -q @ cdb:al
	atf_check -s exit:1 "$POSTALIAS" -q noval cdb:al
	atf_check -o inline:'a:\tb\n' "$POSTALIAS" -s 'inline:{a=b}'
	atf_check -s exit:1 -e match:'usage: postalias' "$POSTALIAS"
}

# What another program for this format says.
atf_test_case foreign_reader
foreign_reader_head() {
	atf_set require.progs cdb
}
foreign_reader_body() {
	conf
	atf_check "$POSTMAP" cdb:tab
	atf_check -o inline:'value one' cdb -q tab.cdb key1
	printf '+3,3:abc->xyz\n+2,2:k\000->v\000\n\n' | cdb -c made.cdb -
	atf_check -o inline:'xyz\n' "$POSTMAP" -q abc cdb:made
	printf '+2,2:k\000->v\000\n\n' | cdb -c made2.cdb -
	atf_check -o inline:'v\n' "$POSTMAP" -q k cdb:made2
}

atf_init_test_cases() {
	for t in create messages change concurrent nul_and_case output \
	    stale owner aliases foreign_reader; do
		atf_add_test_case $t
	done
}
