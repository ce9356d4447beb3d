# SPDX-License-Identifier: ISC
# lint.sh OBJTOP - what a compiler does not see: banned functions, headers
# that lean on others, missing licence lines, manual pages, scripts, spelling.
# Prints the sizes as well; they are a taste, not a law. Exit 1 on a finding.
set -u

objtop=$1
srctop=$(cd "$(dirname "$0")/../.." && pwd)
cd "$srctop" || exit 1
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
: >"$tmp/found"

# What belongs to the tree, and is there; corpora and recorded data are not text.
if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
	git ls-files -co --exclude-standard
else
	find . -name build -prune -o -type f -print | sed 's,^\./,,'
fi | grep -v '/corpus/' | while read -r f; do
	[ ! -f "$f" ] || echo "$f"
done | sort -u >"$tmp/files"

files() { grep -E "$1" "$tmp/files"; }
found() { tee -a "$tmp/found"; }

# The source without comments and literals: "file:line:text".
code() {
	gcc -fpreprocessed -E -x c "$1" 2>/dev/null | awk -v f="$1" '
		/^# [0-9]+ "/ { n = $2 - 1; next }
		{ n++; gsub(/\\./, ""); gsub(/"[^"]*"/, "\"\"")
		  if ($0 != "") print f ":" n ":" $0 }'
}

# banned REGEX PATHS TEXT: a call of one of these, in files matching PATHS.
banned() {
	grep -E "^($2)[^:]*:" "$tmp/code" |
	    grep -E "(^|[^A-Za-z0-9_.>])($1)[[:space:]]*\(" |
	    sed "s~^\([^:]*:[^:]*\):[[:space:]]*~\1: $3: ~" | found
}

files '\.[ch]$' | while read -r f; do code "$f"; done >"$tmp/code"
banned 'v?sprintf|str(n?cpy|n?cat)|stpcpy|gets|ato(i|l|ll|f)|strto(l|ul|ll|ull|imax|umax)|[vfs]*scanf|strtok(_r)?|alloca|system|popen|signal|mktemp|tmpnam|tempnam' \
    '' 'banned function'
banned 'localtime|gmtime|ctime|asctime|get(pw|gr)(nam|uid|gid|ent)|gethostbyname|getaddrinfo' \
    'libexec/' 'not in a daemon'
grep -vE '^(lib/base|tests|share)/' "$tmp/code" | sed 's/:.*//' | sort -u |
    sed 's/[.]/\\./g' >"$tmp/outside"
banned '(m|c|re)alloc|reallocarray|free|strn?dup|v?asprintf' \
    "$(paste -sd'|' "$tmp/outside")" 'memory outside lib/base'
grep -E '(^|[^A-Za-z0-9_])goto[[:space:]]+[a-z_0-9]+;' "$tmp/code" |
    grep -vE 'goto[[:space:]]+out;' | sed 's/$/ (only "goto out")/' | found

files '\.(c|h|def|mk|sh|py|policy|[1578])$|(^|/)(BSD)?[Mm]akefile(\.inc)?$' |
    while read -r f; do
	line=$(head -n 1 "$f")
	case $line in '#!'*) line=$(sed -n 2p "$f") ;; esac
	case $line in
	*SPDX-License-Identifier:\ ISC*) ;;
	*) echo "$f:1: no SPDX line" ;;
	esac
done | found

# As words: a longer row of X is a template of mkostemp(3). Split here so that this line
# does not find itself.
files '\.(c|h|def|mk|sh|py|policy)$' |
    xargs grep -nHwE 'TO''DO|FIX''ME|X''XX' | found

# A header of tests may use those of the folder it tests.
files '\.h$' | while read -r f; do
	case $f in
	tests/*/*) beside=-I$(dirname "${f#tests/}") ;;
	*) beside=-I. ;;
	esac
	echo "#include \"$f\"" | gcc -std=gnu11 -Wall -Wextra -Werror \
	    -Wno-unused-variable -D_GNU_SOURCE -I. -Ilib -Itests $beside \
	    -I"$objtop" -fsyntax-only -x c - 2>&1 | sed "s,^,$f alone: ,"
done | found

files '\.[1578]$' | xargs -r mandoc -Tlint -Wwarning | found
files '\.sh$|^\.ci/run$' | while read -r f; do
	# Tests get their #! line and their variables from the build.
	shellcheck -s sh -f gcc -e SC2317,SC3043,SC1091,SC2034,SC2086 "$f"
done | found
grep -vE '^tests/.*\.(txt|data|eml|db)$' "$tmp/files" |
    xargs codespell -I share/mk/codespell.txt | found

echo "longest functions:"
files '\.c$' | xargs ctags -x --c-kinds=f --fields=+ne \
    --_xformat='%{end} %{line} %F %N' |
    awk '$1 ~ /^[0-9]+$/ { print $1 - $2 + 1, $3, $4 }' | sort -rn | head |
    sed 's/^/    /'
echo "longest files:"
files '\.[ch]$' | xargs wc -l | grep -v ' total$' | sort -rn | head |
    sed 's/^ */    /'

n=$(wc -l <"$tmp/found")
echo "lint: $n findings"
[ "$n" -eq 0 ]
